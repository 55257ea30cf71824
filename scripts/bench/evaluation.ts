import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { nodeArguments } from '../../src/core/process/node-arguments';
import { table } from '../../src/core/text/text-table';
import { count, scriptOptions } from '../script-options';
import { VAL2017, writeData } from './evaluation-data';
import { peersFolder, pythonWith } from './peers-folder';

/**
 * Compares this project's evaluator with pycocotools, faster-coco-eval and hotcoco on synthetic data the size of COCO val2017,
 * from two JSON files to the twelve numbers. The others are installed from PyPI into the temporary folder, which also stores
 * the data. Runs alternate, so that other load affects all alike.
 *
 * npm run bench:peers -- [--runs 5] [--fast] [--seed 7]
 *   --fast omits pycocotools, which takes a minute and never runs more than once
 */
const PACKAGES = ['pycocotools==2.0.11', 'faster-coco-eval==1.8.0', 'hotcoco==1.3.0'];

const settings = scriptOptions({
  runs: count.default(5),
  seed: count.default(7),
  fast: z.boolean().default(false),
});

interface Run {
  seconds: number;
  peakMiB: number;
  stats: number[];
}

const python = pythonWith('venv', PACKAGES);
const annotations = join(peersFolder, `annotations-${settings.seed}.json`);
const detections = join(peersFolder, `detections-${settings.seed}.json`);
if (!existsSync(detections)) {
  console.error('Generating the data …');
  writeData(VAL2017, settings.seed, { annotations, detections });
}

const peer = join(__dirname, 'evaluation-peer.py');
const ours = [...nodeArguments, join(__dirname, 'evaluation-ours.ts')];
const commands: Record<string, [string, string[]]> = {
  'rethink bench': [process.execPath, ours],
  hotcoco: [python, [peer, 'hotcoco']],
  'faster-coco-eval': [python, [peer, 'faster-coco-eval']],
  ...(settings.fast ? {} : { pycocotools: [python, [peer, 'pycocotools']] }),
};
const results = new Map<string, Run[]>();
for (let turn = 0; turn < settings.runs; turn++) {
  for (const [name, [program, given]] of Object.entries(commands)) {
    if (name === 'pycocotools' && turn > 0) continue;
    const output = execFileSync(program, [...given, annotations, detections], { encoding: 'utf8' });
    const run = JSON.parse(output) as Run;
    console.error(`${name}: ${run.seconds.toFixed(3)} s`);
    results.set(name, [...(results.get(name) ?? []), run]);
  }
}

const reference = results.get('pycocotools')?.[0] ?? results.get('hotcoco')![0]!;
const rows = [...results].map(([name, runs]) => {
  const seconds = runs.map((run) => run.seconds).sort((one, other) => one - other);
  const difference = Math.max(...runs[0]!.stats.map((value, at) => Math.abs(value - reference.stats[at]!)));
  return [
    name,
    String(runs.length),
    seconds[0]!.toFixed(3),
    seconds[Math.floor(seconds.length / 2)]!.toFixed(3),
    Math.max(...runs.map((run) => run.peakMiB)).toFixed(0),
    difference.toExponential(1),
  ];
});
const header = ['evaluator', 'runs', 'best s', 'median s', 'peak MiB', 'largest difference'];
console.log(table(header, rows).join('\n'));
