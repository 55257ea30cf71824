import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { RethinkError } from '../../src/contract';
import { normaliseFileName } from '../../src/core/coco/values';
import { detectorSpec } from '../../src/core/plan/detector-spec';
import { evaluationFlags, parametersFrom, subsetFrom } from '../../src/cli/common/evaluation-options';
import {
  type CocoTruth,
  evaluate,
  readAnnotationBytes,
  readAnnotations,
  readDetectionBytes,
  readDetections,
  subsetOf,
} from '../../src/evaluation';
import { checkDataset } from '../../src/learning/dataset/check/check-dataset';
import { openDataset } from '../../src/learning/dataset/open';
import { datasetSpec, prepareDatasets } from '../../src/learning/dataset/prepare';
import { serialiseSafetensors } from '../../src/learning/tensor/safetensors/write';
import { readCheckpoint } from '../../src/learning/training/checkpoint/read-checkpoint';
import { checkBundle } from '../../src/results/bundle/check-bundle';
import { exportBundle } from '../../src/results/bundle/export-bundle';
import { resultFolders } from '../../src/results/bundle/imported-results';
import { readArchive } from '../../src/results/bundle/read-archive';
import { readBundle } from '../../src/results/bundle/read-bundle';
import { writeArchive } from '../../src/results/bundle/write-archive';
import { ResultsListener } from '../../src/results/database/results.listener';
import { ResultsService } from '../../src/results/database/results.service';
import { writeExampleDataset } from '../results/example-data';
import { examplePlan } from '../results/example-plan';
import { playRun } from '../results/example-run';
import { sameVerdicts } from '../verdicts';
import type { FuzzTarget } from './try-input';

const names = ['a.png', 'sub\\b.png', './sub//\u00fc.png'];

/** Fields as other programs write them: absent, null, odd, unused. */
const dataset: CocoTruth & Record<string, unknown> = {
  info: { year: null, contributor: '' },
  licenses: [],
  images: names.map((file_name, index) => ({
    id: [-8, 2 ** 40, 3][index]!,
    file_name,
    width: 8,
    height: 6,
    license: null,
    date_captured: 0,
  })),
  categories: [{ id: -1, name: 'caf\u00e9', supercategory: null } as never],
  annotations: [
    {
      id: 1,
      image_id: -8,
      category_id: -1,
      bbox: [1, 1, 3, 3],
      area: 9,
      iscrowd: 0,
      segmentation: [],
    } as never,
    {
      image_id: 2 ** 40,
      category_id: -1,
      bbox: [0, 0, 8, 6],
      score: null,
      attributes: { depth: 1e9 },
    } as never,
    { id: 3, image_id: 3, category_id: -1, bbox: [2, 2, 0.5, 2], iscrowd: 1, isgroupof: 1 } as never,
  ],
};
const datasetBytes = Buffer.from(JSON.stringify(dataset));

/** The error that refuses the input; any other is thrown. */
async function refusalOf(read: () => unknown): Promise<RethinkError | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (error instanceof RethinkError) return error;
    throw error;
  }
}

let png: Promise<Buffer> | undefined;

async function writeImages(folder: string): Promise<void> {
  png ??= sharp({ create: { width: 8, height: 6, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  for (const [index, name] of names.entries()) {
    const file = join(folder, normaliseFileName(name)!);
    mkdirSync(dirname(file), { recursive: true });
    // Each has its own content.
    writeFileSync(file, Buffer.concat([await png, Buffer.from([index])]));
  }
}

const spec = detectorSpec.parse({ backbone: { type: 'plain', channels: [4, 4, 4, 4, 4] }, size: 32 });
const pickle = Buffer.from(
  '\x80\x02}q\x00X\x06\x00\x00\x00weightq\x01cnumpy\n_reconstruct\nq\x02.',
  'latin1',
);

export const dataTargets: Readonly<Record<string, FuzzTarget>> = {
  /** Data check, training and evaluation agree. */
  'one-verdict': {
    seeds: () => [datasetBytes],
    read: (input, folder) => {
      const file = join(folder, 'gt.json');
      writeFileSync(file, input);
      return sameVerdicts(file);
    },
  },
  /** Data that were prepared are read again by training and evaluation. */
  prepare: {
    seeds: () => [datasetBytes],
    read: async (input, folder) => {
      await writeImages(join(folder, 'images'));
      writeFileSync(join(folder, 'train.json'), datasetBytes);
      writeFileSync(join(folder, 'val.json'), input);
      const settings = datasetSpec.parse({
        coco: { train: 'train.json', val: 'val.json', images: 'images' },
      });
      const { validation } = await prepareDatasets(settings, join(folder, 'workspace'), {
        baseFolder: folder,
      });
      const again = await refusalOf(async () => {
        await openDataset(validation.location);
        readAnnotations(validation.location.annotations!);
      });
      if (again !== undefined) throw new Error(`prepared, then refused: ${again.message}`);
    },
  },
  /** A pool: a line names an image, or a link and its target. */
  pool: {
    seeds: () => [
      Buffer.from('a.png\nsub/b.png\nlink -> sub\nloop -> .\nc.jpg -> a.png\n.hidden.png\nd.txt\n'),
    ],
    read: async (input, folder) => {
      const images = join(folder, 'pool');
      await writeImages(images);
      for (const line of input.toString().split('\n').slice(0, 20)) {
        const [name, target] = line.split(' -> ');
        const path = normaliseFileName(name!.slice(0, 200));
        if (path === undefined || path === '.') continue;
        try {
          mkdirSync(dirname(join(images, path)), { recursive: true });
          if (target === undefined) writeFileSync(join(images, path), input);
          else symlinkSync(target.slice(0, 200), join(images, path));
        } catch {
          // The file system has no such name, or another entry has it.
        }
      }
      writeFileSync(join(folder, 'gt.json'), JSON.stringify({ ...dataset, images: [], annotations: [] }));
      const settings = datasetSpec.parse({
        coco: { train: 'train.json', val: 'val.json', images: 'pool', unlabelled: { images: 'pool' } },
      });
      for (const part of ['train.json', 'val.json']) writeFileSync(join(folder, part), datasetBytes);
      return prepareDatasets(settings, join(folder, 'workspace'), { baseFolder: folder });
    },
  },
  /** Files that are something else than weights. */
  checkpoint: {
    seeds: () => [
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 264\n'),
      Buffer.from('<!doctype html><html><body>Sign in to download</body></html>'),
      pickle,
      Buffer.concat([
        Buffer.from('PK\x03\x04\x00\x00\x08\x08', 'latin1'),
        Buffer.alloc(18),
        Buffer.from('archive/data.pkl'),
      ]),
      Buffer.from(
        JSON.stringify({
          metadata: { total_size: 8 },
          weight_map: { a: 'model-00001-of-00002.safetensors' },
        }),
      ),
      Buffer.from(
        JSON.stringify([{ paths: ['shard.bin'], weights: [{ name: 'a', shape: [1], dtype: 'float32' }] }]),
      ),
      Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
      serialiseSafetensors({ a: { shape: [1], values: Float32Array.of(1) } }),
    ],
    read: async (input, folder) => {
      for (const name of ['model.safetensors', 'model.json', 'model.safetensors.index.json']) {
        const file = join(folder, name);
        writeFileSync(file, input);
        const refused = await refusalOf(() => readCheckpoint({ file, layout: 'rethink', spec }));
        if (refused === undefined) throw new Error('a checkpoint without the network was accepted');
        if (refused.location === undefined) throw new Error(`no location: ${refused.message}`);
      }
    },
  },
  /** Compressed files, read as such or refused. */
  gzip: {
    seeds: () => [gzipSync(datasetBytes), gzipSync('[]'), Buffer.concat([gzipSync('[]'), gzipSync('[]')])],
    read: async (input, folder) => {
      const file = join(folder, 'file.json.gz');
      writeFileSync(file, input);
      await refusalOf(() => readAnnotations(file));
      await refusalOf(() => checkDataset({ annotations: file }));
      const truth = join(folder, 'gt.json');
      writeFileSync(truth, datasetBytes);
      return readDetections(file, readAnnotations(truth));
    },
  },
  /** Options of `evaluate`, a line each. */
  'evaluate-options': {
    seeds: () => [
      Buffer.from('--images -8,3\n--iou 0.5:0.95:0.05\n--max-dets 1,10,100\n--areas small,huge=9216:inf\n'),
      Buffer.from('--images sub/b.png\n--categories caf\u00e9\n--iou 0.5,0.75\n--areas a=0:10,b=10:1e5\n'),
      Buffer.from('--images .\n--categories -1\n--class-agnostic \n--max-dets 1\n'),
    ],
    read: (input) => {
      const options: Record<string, unknown> = {};
      for (const line of input.toString().split('\n')) {
        const [name = '', ...words] = line.split(' ');
        const option = evaluationFlags.find(({ flags }) => flags.split(' ')[0] === name);
        const key = name.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
        if (option !== undefined) options[key] = option.parse?.(words.join(' '), undefined) ?? true;
      }
      const full = readAnnotationBytes(datasetBytes);
      const { truth, take } = subsetOf(full, subsetFrom(options));
      const list = dataset.images.map(({ id }) => ({
        image_id: id,
        category_id: -1,
        bbox: [1, 1, 3, 3],
        score: 0.5,
      }));
      const found = take(readDetectionBytes(Buffer.from(JSON.stringify(list)), full));
      const { stats } = evaluate(truth, found, { parameters: parametersFrom(options) });
      const odd = Object.entries(stats).find(([, value]) => value !== null && !(value >= 0 && value <= 1));
      if (odd !== undefined) throw new Error(`${odd.join(' = ')} is not in [0, 1]`);
    },
  },
  /** The results of a bundle, with checksums that fit. */
  bundle: {
    seeds: async () => [(await exampleBundle()).get('results.json')!],
    read: async (input, folder) => {
      const file = join(folder, 'x.bundle.zip');
      const contents = new Map([...(await exampleBundle()), ['results.json', input] as const]);
      writeFileSync(file, await writeArchive('example', contents));
      return checkBundle(await readBundle(file));
    },
  },
};

let bundle: Promise<Map<string, Buffer>> | undefined;

/** The files of a bundle of one trial. */
function exampleBundle(): Promise<Map<string, Buffer>> {
  bundle ??= makeBundle();
  return bundle;
}

async function makeBundle(): Promise<Map<string, Buffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-fuzz-bundle-'));
  const service = new ResultsService({ file: join(folder, 'results.sqlite') });
  try {
    const plan = examplePlan({
      only: ({ init, augmentation, fraction }) =>
        init === 'random' && augmentation === 's1' && fraction === 1,
    });
    const artifactFolder = resultFolders(folder);
    const listener = new ResultsListener(service, artifactFolder);
    await playRun({ plan, listener, artifactFolder, dataset: await writeExampleDataset(folder, 4) });
    const [results] = (await service.snapshot()).benchmarks;
    const { bytes } = await exportBundle({ results: results!, artifactFolder, sources: [], folders: {} });
    const file = join(folder, 'x.bundle.zip');
    writeFileSync(file, bytes);
    return new Map((await readArchive(file)).contents);
  } finally {
    await service.close();
    rmSync(folder, { recursive: true });
  }
}
