import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { match, readAnnotations, readDetections, resample } from '../../src/evaluation';
import { imageDraws } from '../../src/statistics/bootstrap/image-resamples';
import { RESAMPLES } from '../../src/statistics/bootstrap/replicates';
import { VAL2017, writeData } from './evaluation-data';

/**
 * How long AP of 1,000 resamples takes for some trials of COCO val2017's size on some processes, reading and matching
 * apart: `npm run bench:resampling -- [trials] [processes]`
 */
const [trials = 30, processes = 2] = process.argv.slice(2, 4).map(Number);
const [folder, share] = process.argv.slice(4);

if (folder !== undefined) resampleShare(folder, Number(share));
else void main();

async function main(): Promise<void> {
  const made = mkdtempSync(join(tmpdir(), 'rethink-resampling-'));
  try {
    writeData(VAL2017, 1, pathsIn(made));
    const shares = Array.from({ length: processes }, (_, p) => Math.ceil((trials - p) / processes));
    const seconds = await Promise.all(
      shares.map(
        (count) =>
          new Promise<number>((resolve, reject) => {
            const child = fork(__filename, [String(trials), String(processes), made, String(count)]);
            child.on('message', (message) => resolve(Number(message)));
            child.on('exit', (code) => reject(new Error(`ended with ${code} and no message`)));
          }),
      ),
    );
    const longest = Math.max(...seconds);
    console.log(
      `${trials} trials × ${RESAMPLES} resamples of AP on ${processes} processes: ${longest.toFixed(1)} s, ` +
        `${((1000 * longest * processes) / trials / RESAMPLES).toFixed(2)} ms a resample and process`,
    );
  } finally {
    rmSync(made, { recursive: true });
  }
}

function resampleShare(from: string, count: number): void {
  const { annotations, detections } = pathsIn(from);
  const truth = readAnnotations(annotations);
  const records = match(truth, readDetections(detections, truth), 'threshold');
  const start = performance.now();
  for (let trial = 0; trial < count; trial++) resample(records, imageDraws(records.imageIds), RESAMPLES, [0]);
  process.send?.((performance.now() - start) / 1000);
}

function pathsIn(from: string): { annotations: string; detections: string } {
  return { annotations: join(from, 'annotations.json'), detections: join(from, 'detections.json') };
}
