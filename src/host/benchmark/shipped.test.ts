import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readBenchmark } from './read';
import { packageFolder } from '../../core/files/package-folder';

const shipped = join(packageFolder, 'benchmarks');
const folder = mkdtempSync(join(tmpdir(), 'extends-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the benchmarks that ship', () => {
  it.each(['bccd-strategies', 'coco-photos', 'coco-mini', 'coco-paper'])('%s can be read', (name) => {
    expect(readBenchmark(join(shipped, `${name}.yaml`)).benchmark.name).toBe(name);
  });

  it('state the paper’s claims once', () => {
    const [mini, paper, coco] = ['paper-mini', 'coco-paper', 'coco-mini'].map(
      (name) => readBenchmark(join(shipped, `${name}.yaml`)).benchmark,
    );
    expect(paper!.claims).toEqual(mini!.claims);
    expect(coco!.claims).toEqual(mini!.claims);
    expect(paper!.detector.headConvolutions).toBe(4);
  });
});

describe('some settings of another file', () => {
  const extending = (only: string[]) => {
    const file = join(folder, 'child.yaml');
    const parent = JSON.stringify(join(shipped, 'paper-mini.yaml'));
    writeFileSync(file, `extends: { file: ${parent}, only: [${only.join(', ')}] }\nname: child\n`);
    return () => readBenchmark(file);
  };

  it('are taken over, the others not', () => {
    expect(extending(['axes', 'dataset', 'detector', 'schedule', 'claims', 'controls'])).toThrow(
      '"title" is missing',
    );
  });

  it('have to be settings', () => {
    expect(extending(['claim'])).toThrow('Benchmarks have no setting "claim".');
  });
});
