import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { PluginKind } from '../../contract';

/** The smallest benchmark with data of every role: a few scenes and a few steps. */
export const smallBenchmark = {
  title: 'The small benchmark of the plugin check',
  dataset: {
    scenes: {
      size: 64,
      classes: 2,
      train: 12,
      val: 4,
      unlabelled: 6,
      classification: { classes: 2, perClass: 4, size: 64 },
      otherDetection: { classes: 2, images: 6 },
    },
  },
  detector: {
    size: 64,
    backbone: { type: 'plain', channels: [4, 4, 8, 8, 8] },
    maxLevel: 5,
    fpnChannels: 8,
    headConvolutions: 1,
    anchors: { size: 2, octaveScales: 2, aspectRatios: [1] },
    loss: { boxWeight: 10, normaliser: 'positives' },
  },
  schedule: {
    steps: 24,
    batch: 2,
    optimizer: { type: 'adam' },
    learningRate: 0.005,
    warmupSteps: 1,
    warmupLearningRate: 0.001,
    logEvery: 4,
  },
  limits: { stageMinutes: 3 },
};

/** The values of the axes that the plugin under check is not on. */
const others = { init: 'random', augmentation: 's1', strategy: 'supervised' } as const;

/** Writes the small benchmark with the plugin on its axis; returns the file. */
export function writeSmallBenchmark(
  folder: string,
  plugin: { readonly kind: PluginKind; readonly name: string },
  seeds: readonly number[] = [0],
): string {
  const axes = {
    init: [others.init],
    augmentation: [others.augmentation],
    strategy: [others.strategy],
    fraction: [0.5],
    seed: seeds,
    [plugin.kind]: [plugin.name],
  };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `check-${plugin.kind}-${plugin.name}.yaml`.replaceAll('+', '_'));
  writeFileSync(file, stringify({ name: 'plugin-check', ...smallBenchmark, axes }));
  return file;
}
