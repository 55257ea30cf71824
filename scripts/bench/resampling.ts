import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { match, readAnnotations, readDetections, resample } from '../../src/evaluation';
import { resampleWeights } from '../../src/statistics/bootstrap/image-resamples';
import { RESAMPLES } from '../../src/statistics/bootstrap/replicates';
import { VAL2017, writeData } from './evaluation-data';

/**
 * Times AP on 1,000 resamples for trials of COCO val2017's size, without reading and matching: `npm run bench:resampling -- [trials] [processes]`
 */
const [trials = 30, processes = 2] = process.argv.slice(2, 4).map(Number);
const [dataFolder, share] = process.argv.slice(4);

if (dataFolder !== undefined) resampleShare(dataFolder, Number(share));
else void main();

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-resampling-'));
  try {
    writeData(VAL2017, 1, pathsIn(folder));
    const shares = Array.from({ length: processes }, (_, p) => Math.ceil((trials - p) / processes));
    const seconds = await Promise.all(
      shares.map(
        (count) =>
          new Promise<number>((resolve, reject) => {
            const child = fork(__filename, [String(trials), String(processes), folder, String(count)]);
            child.on('message', (message) => resolve(Number(message)));
            child.on('exit', (code) =>
              reject(new Error(`The process ended with code ${code} and no result.`)),
            );
          }),
      ),
    );
    const longest = Math.max(...seconds);
    console.log(
      `${trials} trials × ${RESAMPLES} resamples of AP on ${processes} processes: ${longest.toFixed(1)} s, ` +
        `${((1000 * longest * processes) / trials / RESAMPLES).toFixed(2)} ms per resample and process`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function resampleShare(folder: string, count: number): void {
  const { annotations, detections } = pathsIn(folder);
  const truth = readAnnotations(annotations);
  const records = match(truth, readDetections(detections, truth), 'threshold');
  const start = performance.now();
  for (let trial = 0; trial < count; trial++)
    resample(records, resampleWeights(records.imageIds), RESAMPLES, [0]);
  process.send?.((performance.now() - start) / 1000);
}

function pathsIn(folder: string): { annotations: string; detections: string } {
  return { annotations: join(folder, 'annotations.json'), detections: join(folder, 'detections.json') };
}
