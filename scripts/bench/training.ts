import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { parseSpeedOptions } from '../../src/learning/bench/options';
import type { TrainingSpeed } from '../../src/learning/bench/training';
import { table } from '../../src/core/text/text-table';
import { rethinkArguments } from '../rethink-arguments';
import { count, scriptOptions } from '../script-options';
import { pythonWith } from './peers-folder';

/**
 * Compares training steps, update included, with PyTorch's on the same number of threads: three classifiers and a narrow
 * RetinaNet. PyTorch is installed from PyPI into the temporary folder (some gigabytes). Runs alternate, so that other load
 * affects all alike. Reports the best and the median step.
 *
 * npm run bench:peers -- training [--turns 3] [--steps 20] [--threads 2] [--rows B0,retinanet] [--fast]
 *   --fast omits torch.compile, which compiles for a minute each time
 */
const PACKAGES = ['torch==2.15.0', 'numpy'];

const settings = scriptOptions({
  turns: count.default(3),
  steps: z.string().default('20'),
  threads: z.string().default('2'),
  rows: z.string().optional(),
  fast: z.boolean().default(false),
});

const narrow = { width: '0.25', depth: '0.5', size: '96', batch: '16' };
const networks: Record<string, Record<string, string>> = {
  B0: { size: '224', batch: '4', classes: '1000' },
  half: { width: '0.5', depth: '0.5', size: '128', batch: '16', classes: '1000' },
  quarter: { ...narrow, classes: '1000' },
  retinanet: {
    ...narrow,
    detector: 'retinanet',
    'fpn-channels': '32',
    'head-convolutions': '1',
    classes: '90',
    optimizer: 'adam',
  },
};

const python = pythonWith('torch', PACKAGES);

type Measured = Pick<TrainingSpeed, 'stepMs' | 'peakMemoryBytes' | 'idleMemoryBytes'>;
const common = { steps: settings.steps, threads: settings.threads };

function ours(network: Record<string, string>): Measured {
  const flags = Object.entries({ ...network, ...common }).flatMap(([name, value]) => [`--${name}`, value]);
  return run(process.execPath, [...rethinkArguments, 'bench', 'training', ...flags, '--json']);
}

function theirs(network: Record<string, string>, mode: string): Measured {
  const camel = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const given = Object.entries({ ...network, ...common }).map(([name, value]) => [camel(name), value]);
  const options = parseSpeedOptions(Object.fromEntries(given) as Record<string, string>);
  return run(python, [join(__dirname, 'training_peer.py'), JSON.stringify({ ...options, mode })]);
}

function run(program: string, given: string[]): Measured {
  const output = execFileSync(program, given, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(output) as Measured;
}

const implementations: Record<string, (network: Record<string, string>) => Measured> = {
  'rethink bench': ours,
  'PyTorch channels-last': (network) => theirs(network, 'channels-last'),
  ...(settings.fast ? {} : { 'PyTorch compile': (network) => theirs(network, 'compile') }),
};

const rows: string[][] = [];
for (const [name, network] of Object.entries(networks)) {
  if (settings.rows !== undefined && !settings.rows.split(',').includes(name)) continue;
  const measured = new Map<string, Measured[]>();
  for (let turn = 0; turn < settings.turns; turn++) {
    for (const [implementation, measureOnce] of Object.entries(implementations)) {
      const one = measureOnce(network);
      console.error(
        `${name}, ${implementation}: ${one.stepMs.min.toFixed(1)} … ${one.stepMs.max.toFixed(1)} ms`,
      );
      measured.set(implementation, [...(measured.get(implementation) ?? []), one]);
    }
  }
  const best = (runs: Measured[]) => Math.min(...runs.map(({ stepMs }) => stepMs.min));
  const reference = best(measured.get('PyTorch channels-last')!);
  for (const [implementation, runs] of measured) {
    const medians = runs.map(({ stepMs }) => stepMs.median).sort((a, b) => a - b);
    const mebibytes = (pick: (one: Measured) => number) => (Math.max(...runs.map(pick)) / 2 ** 20).toFixed(0);
    rows.push([
      name,
      implementation,
      best(runs).toFixed(1),
      medians[Math.floor(medians.length / 2)]!.toFixed(1),
      (best(runs) / reference).toFixed(2),
      mebibytes(({ peakMemoryBytes }) => peakMemoryBytes),
      mebibytes(({ idleMemoryBytes, peakMemoryBytes }) => peakMemoryBytes - idleMemoryBytes),
    ]);
  }
}
console.log(`forward, backward and update; ${settings.threads} threads each`);
console.log(
  table(['network', 'by', 'best ms', 'median ms', 'ratio', 'peak MiB', 'without programs MiB'], rows).join(
    '\n',
  ),
);
