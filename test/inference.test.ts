import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TinyBenchmark } from './tiny-benchmark';

interface Found {
  readonly image_id: number;
  readonly score: number;
  readonly bbox: readonly number[];
}

describe('how detections are made', () => {
  let benchmark: TinyBenchmark;
  beforeEach(() => {
    benchmark = new TinyBenchmark();
  });
  afterEach(() => benchmark[Symbol.dispose]());

  /** Runs with these settings of inference; what the newest detections are, and how many stages ran. */
  async function detect(inference: object): Promise<{ finished: number; found: Found[] }> {
    const settings = { scoreThreshold: 0.001, ...inference };
    benchmark.write({ axes: { strategy: ['supervised'] }, detector: { inference: settings } });
    const { stdout, stderr } = await benchmark.rethink(['run', 'tiny.yaml', '--json']);
    const { status, stages } = JSON.parse(stdout) as { status: string; stages: { finished: number } };
    expect(status, stderr).toBe('done');
    const artifacts = join(benchmark.folder, 'workspace', 'artifacts');
    const [newest] = readdirSync(artifacts, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('detections.json'))
      .map((name) => ({ file: join(artifacts, name), time: statSync(join(artifacts, name)).mtimeMs }))
      .sort((a, b) => b.time - a.time);
    return {
      finished: stages.finished,
      found: JSON.parse(readFileSync(newest!.file, 'utf8')) as Found[],
    };
  }

  it('may change without training again: Soft-NMS, another resolution', async () => {
    const plain = await detect({});
    const other = await detect({ softNmsSigma: 0.5, size: 128 });
    expect(plain.finished).toBe(3);
    // Detections and their evaluation; the training stays as it is.
    expect(other.finished).toBe(2);
    const boxes = ({ found }: { found: Found[] }) => new Set(found.map(({ bbox }) => bbox.join()));
    expect(boxes(other)).not.toEqual(boxes(plain));
    // Boxes are in pixels of the images, whatever the network's input.
    for (const { bbox } of other.found) {
      expect(bbox[0]! + bbox[2]!).toBeLessThanOrEqual(64.001);
      expect(bbox[1]! + bbox[3]!).toBeLessThanOrEqual(64.001);
    }
  });
});
