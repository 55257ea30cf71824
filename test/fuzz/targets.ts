import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { inspectArtifact, MANIFEST_FILE } from '../../src/core/artifact/manifest';
import { readBenchmark } from '../../src/host/benchmark/read';
import { CONFIGURATION_FILE, loadConfiguration } from '../../src/cli/common/configuration';
import { readCocoIndex } from '../../src/learning/dataset/coco-index';
import { checkDataset } from '../../src/learning/dataset/check/check-dataset';
import { decodeImage } from '../../src/learning/dataset/decode';
import { readPseudoLabels } from '../../src/learning/dataset/pseudo-labels';
import {
  type CocoTruth,
  evaluate,
  readAnnotationBytes,
  readDetectionBytes,
  truthFrom,
} from '../../src/evaluation';
import { FailureRecords } from '../../src/host/execution/failure-records';
import { parseSafetensors } from '../../src/learning/tensor/safetensors/read';
import { serialiseSafetensors } from '../../src/learning/tensor/safetensors/write';
import { dataTargets } from './data-targets';
import type { FuzzTarget } from './try-input';
import { readMetrics } from '../../src/evaluation/metrics-file';

const key = 'a'.repeat(64);

const coco: CocoTruth = {
  images: [
    { id: 1, file_name: 'a.png', width: 20, height: 10 },
    { id: 2, file_name: 'b/c.png', width: 5, height: 5 },
  ],
  categories: [
    { id: 1, name: 'cat', supercategory: 'animal' },
    { id: 3, name: 'dog' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [1, 2, 3.5, 4], area: 14, iscrowd: 0 },
    { id: 2, image_id: 2, category_id: 3, bbox: [0, 0, 5, 5], area: 25, iscrowd: 1 },
  ],
};
const truth = truthFrom(coco);
const detections = [
  { image_id: 1, category_id: 1, bbox: [1, 2, 3, 4], score: 0.9 },
  { image_id: 2, category_id: 3, bbox: [0, 0, 5, 5], score: 0.1 },
];

function json(...values: unknown[]): () => Buffer[] {
  return () => values.map((value) => Buffer.from(JSON.stringify(value)));
}

function written(input: Buffer, folder: string, name: string): string {
  const file = join(folder, name);
  writeFileSync(file, input);
  return file;
}

function benchmarkFiles(): Buffer[] {
  const folder = join(__dirname, '..', '..', 'benchmarks');
  return ['quickstart.yaml', 'coco-small.yaml'].map((name) => readFileSync(join(folder, name)));
}

function imageSamples(): Promise<Buffer[]> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const image = sharp({ create: { width: 12, height: 9, channels: 3, background: 'red', noise } });
  return Promise.all([
    image.clone().png().toBuffer(),
    image.clone().png({ palette: true }).toBuffer(),
    image.clone().jpeg().toBuffer(),
    image.clone().withMetadata({ orientation: 6 }).jpeg({ progressive: true }).toBuffer(),
    image.clone().toColourspace('cmyk').jpeg().toBuffer(),
    image.clone().toColourspace('rgb16').png().toBuffer(),
    image.clone().webp().toBuffer(),
    image.clone().gif().toBuffer(),
    image.clone().tiff().toBuffer(),
  ]);
}

export const targets: Readonly<Record<string, FuzzTarget>> = {
  ...dataTargets,
  benchmark: {
    seeds: benchmarkFiles,
    read: (input, folder) => readBenchmark(written(input, folder, 'fuzzed.yaml')),
  },
  configuration: {
    seeds: () => [
      Buffer.from('workspace: here\nbackend: cpu\nslots: 2\nplugins: [a, b]\ncost: { deviceHour: 1 }\n'),
    ],
    read: (input, folder) => {
      written(input, folder, CONFIGURATION_FILE);
      return loadConfiguration({}, {}, folder);
    },
  },
  'coco-data': {
    seeds: json(coco, { images: coco.images, categories: coco.categories }),
    read: (input, folder) => readCocoIndex(written(input, folder, 'truth.json'), { imagesAlone: true }),
  },
  'data-check': {
    seeds: json(coco, { images: coco.images, categories: coco.categories }),
    read: (input, folder) => checkDataset({ annotations: written(input, folder, 'truth.json') }),
  },
  'coco-truth': { seeds: json(coco), read: (input) => readAnnotationBytes(input, 'truth.json') },
  detections: {
    seeds: json(detections, []),
    read: (input) => evaluate(truth, readDetectionBytes(input, truth, {}, 'detections.json')),
  },
  'pseudo-labels': {
    seeds: json({ ...coco, annotations: coco.annotations.map((each) => ({ ...each, score: 0.8 })) }),
    read: (input, folder) => readPseudoLabels(written(input, folder, 'pseudo-labels.json')),
  },
  safetensors: {
    seeds: () => [
      serialiseSafetensors(
        {
          a: { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
          b: { shape: [], values: Float32Array.of(5) },
        },
        { by: 'fuzz' },
      ),
    ],
    read: (input) => parseSafetensors(input, 'weights.safetensors'),
  },
  image: {
    seeds: imageSamples,
    read: async (input, folder) => {
      const file = written(input, folder, 'image');
      const { width, height, data } = await decodeImage(file);
      if (data.length !== width * height * 3) throw new Error('the pixels do not match the stated size');
      return decodeImage(file, { width, height });
    },
  },
  manifest: {
    seeds: json({
      schemaVersion: 1,
      key,
      files: [{ name: 'a/b.json', bytes: 2, sha256: 'b'.repeat(64) }],
    }),
    read: (input, folder) => {
      written(input, folder, MANIFEST_FILE);
      const state = inspectArtifact(folder, key);
      // The one file that it may name is not there: nothing can be found sound but an artifact without files.
      if (state.sound && state.manifest.files.some(({ name }) => name !== MANIFEST_FILE))
        throw new Error('an absent artifact was found sound');
      return state;
    },
  },
  metrics: {
    seeds: json({ stats: evaluate(truth, readDetectionBytes(Buffer.from('[]'), truth)).stats }),
    read: (input, folder) => {
      written(input, folder, 'metrics.json');
      return readMetrics(folder);
    },
  },
  failure: {
    seeds: json({
      schemaVersion: 1,
      stage: { key, kind: 'train', label: 'train' },
      failure: {
        kind: 'error',
        code: 'A',
        message: 'b',
        logFile: 'c',
        startedAt: 'd',
        endedAt: 'e',
        seconds: 1,
      },
    }),
    read: (input, folder) => {
      const records = new FailureRecords(folder);
      records.write({ kind: 'train', key, label: 'x', seed: 0, inputs: {}, parameters: {} } as never, {
        kind: 'error',
        code: 'A',
        message: 'b',
        logFile: 'c',
        startedAt: 'd',
        endedAt: 'e',
        seconds: 1,
      });
      writeFileSync(join(folder, 'failures', `${key}.json`), input);
      return records.read(key);
    },
  },
};
