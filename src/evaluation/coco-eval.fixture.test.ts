import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAnnotationBytes } from '../core/coco/read-annotations';
import { readDetectionBytes } from './read-detections';
import { evaluate } from './evaluate';
import { type CategoryStats, type Stats } from './summarise';
import { packageFolder } from '../core/files/package-folder';

const folder = resolve(
  process.env.RETHINK_FIXTURES ?? join(packageFolder, '../shared/fixtures'),
  'coco-eval',
);

interface Case {
  name: string;
  truth: Uint8Array;
  detections: Uint8Array;
  expected: { stats: Record<string, number>; perCategory: Record<string, Record<string, number>> };
}

/** Either a file with all three parts, or a folder with a file for each. */
function casesIn(path: string): (() => Case)[] {
  const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  return readdirSync(path).flatMap((entry) => {
    const at = join(path, entry);
    if (statSync(at).isDirectory()) return casesIn(at);
    if (entry === 'expected.json') {
      return [
        () => ({
          name: path,
          truth: readFileSync(join(path, 'ground_truth.json')),
          detections: readFileSync(join(path, 'detections.json')),
          expected: JSON.parse(readFileSync(at, 'utf8')) as Case['expected'],
        }),
      ];
    }
    if (!/^case-.*\.json$/.test(entry)) return [];
    return [
      () => {
        const { groundTruth, detections, expected } = JSON.parse(readFileSync(at, 'utf8')) as Record<
          string,
          unknown
        >;
        return {
          name: at,
          truth: encode(groundTruth),
          detections: encode(detections),
          expected: expected as Case['expected'],
        };
      },
    ];
  });
}

const present = existsSync(folder);
if (!present) console.warn(`skipped: no reference numbers in ${folder} (set RETHINK_FIXTURES)`);

describe.skipIf(!present)('agrees with pycocotools to 1e-10', () => {
  for (const load of present ? casesIn(folder) : []) {
    const { name, truth: truthBytes, detections: detectionBytes, expected } = load();
    test(name.slice(folder.length + 1), () => {
      const truth = readAnnotationBytes(truthBytes);
      const detections = readDetectionBytes(detectionBytes, truth, { unknownCategories: 'ignore' });
      const { stats, perCategory } = evaluate(truth, detections, { tieRule: 'pycocotools' });
      expectClose(stats, expected.stats);
      for (const [id, numbers] of Object.entries(expected.perCategory))
        expectClose(perCategory[id]!, numbers);
    });
  }
});

function expectClose(actual: Stats | CategoryStats, expected: Record<string, number>): void {
  for (const [name, value] of Object.entries(expected)) {
    const number = actual[name as keyof CategoryStats];
    if (value === -1) expect(number, name).toBeNull();
    else
      expect(Math.abs((number ?? NaN) - value), `${name}: ${number} instead of ${value}`).toBeLessThan(1e-10);
  }
}
