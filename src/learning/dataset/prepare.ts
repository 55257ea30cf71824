import { join } from 'node:path';
import { RethinkError } from '../../contract';
import { type DatasetLocation } from '../../core/plan/stage-job';
import { type ImageCopies } from '../../core/plan/run-events';
import { checkTogether } from './check-together';
import { type DatasetDigest, digestDataset } from './digest';
import { type DatasetProgress } from './files';
import { openDataset } from './open';
import { existingPath, type PathContext } from '../../core/files/paths';
import { generateScenes, sceneFiles } from './scenes/generate';
import { type DatasetSpec } from '../../core/plan/dataset-spec';
import { selectCategories } from './select-categories';
import { type Category, type DatasetWarning } from './types';
import { listUnlabelled, splitTruth } from './unlabelled';
import { type DatasetRole, datasetRoles } from '../../core/plan/stage';
import { Workspace } from '../../core/artifact/workspace';

export { type DatasetSpec, datasetSpec } from '../../core/plan/dataset-spec';

/** A data set whose images are all there. */
export interface PreparedDataset {
  readonly location: DatasetLocation;
  /** Number of images. */
  readonly size: number;
  readonly categories: readonly Category[];
  readonly digest: string;
  readonly warnings: readonly DatasetWarning[];
  /** Other role → ids of the images here that it holds too, by content. */
  readonly copies: ImageCopies[string];
  /** Unlabelled images whose objects are known: the annotation file, to measure pseudo-labels by. */
  readonly truth?: DatasetLocation;
}

export type PreparedDatasets = Readonly<
  Record<'labelled' | 'validation', PreparedDataset> & Partial<Record<DatasetRole, PreparedDataset>>
>;

export interface PrepareOptions {
  /** Folder of the benchmark file: where relative paths start. */
  readonly baseFolder: string;
  readonly progress?: DatasetProgress;
  readonly signal?: AbortSignal;
  /** For `${NAME}` in paths; the process's own by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

type Location = Omit<DatasetLocation, 'digest'>;
type Locations = Record<'labelled' | 'validation', Location> &
  Partial<Record<DatasetRole, Location>> & {
    truth?: Location;
    /** About the files of the user, where others are read instead. */
    warnings?: Partial<Record<DatasetRole, readonly DatasetWarning[]>>;
  };

/**
 * Makes a benchmark's data ready: generates scenes, finds files, decodes every image once and takes its checksum (cached
 * in the workspace), checks roles against each other.
 *
 * @throws RethinkError naming file or setting, and the next step, before any training
 */
export async function prepareDatasets(
  spec: DatasetSpec,
  workspaceFolder: string,
  options: PrepareOptions,
): Promise<PreparedDatasets> {
  const cacheFolder = new Workspace(workspaceFolder).datasets;
  const checksums = join(cacheFolder, 'checksums');
  const locations = await locate(spec, cacheFolder, options);
  const opened: Partial<Record<DatasetRole, DatasetDigest>> = {};
  for (const role of datasetRoles) {
    const location = locations[role];
    if (location === undefined) continue;
    const index = await openDataset({ ...location, digest: '' }, { annotated: role !== 'unlabelled' });
    const dataset = { ...index, warnings: locations.warnings?.[role] ?? index.warnings };
    if (dataset.images.length === 0) {
      throw new RethinkError('DATASET_EMPTY', `The ${role} data have no images.`, {
        location: { file: location.annotations ?? location.images },
      });
    }
    opened[role] = await digestDataset(dataset, {
      ...options,
      cacheFolder: checksums,
      what: `check ${role} images`,
      leaveOut: role === 'unlabelled' || role === 'classification',
    });
  }
  const together = checkTogether(opened);
  const prepared: Partial<Record<DatasetRole, PreparedDataset>> = {};
  for (const role of datasetRoles) {
    const found = opened[role];
    if (found === undefined) continue;
    const { dataset, digest } = found;
    prepared[role] = {
      location: { ...dataset.location, digest },
      size: dataset.images.length,
      categories: dataset.categories,
      digest,
      warnings: [...dataset.warnings, ...(together.warnings[role] ?? [])],
      copies: together.copies[role] ?? {},
      ...(role === 'unlabelled' &&
        locations.truth !== undefined && {
          truth: await withDigest({ ...locations.truth, skipped: dataset.location.skipped }, checksums),
        }),
    };
  }
  return prepared as PreparedDatasets;
}

async function withDigest(location: Location, cacheFolder: string): Promise<DatasetLocation> {
  const dataset = await openDataset({ ...location, digest: '' });
  return { ...location, digest: (await digestDataset(dataset, { cacheFolder })).digest };
}

async function locate(spec: DatasetSpec, cacheFolder: string, options: PrepareOptions): Promise<Locations> {
  const context: PathContext = { baseFolder: options.baseFolder, env: options.env ?? process.env };
  const { classification, otherDetection } = spec;
  // Paths first: a mistyped one should not wait for scenes.
  const path = (kind: 'file' | 'folder', written: string, setting: string): string =>
    existingPath(written, `dataset.${setting}`, kind, context);
  const named: Partial<Locations> = {};
  if (classification !== undefined) {
    const images = path('folder', classification.folders, 'classification.folders');
    named.classification = { type: 'folders', images };
  }
  if (otherDetection !== undefined) {
    named.otherDetection = {
      type: 'coco',
      annotations: path('file', otherDetection.annotations, 'otherDetection.annotations'),
      images: path('folder', otherDetection.images, 'otherDetection.images'),
    };
  }
  const own =
    spec.scenes === undefined
      ? await locateCoco(spec.coco!, cacheFolder, path)
      : await locateScenes(spec.scenes, cacheFolder, options);
  return { ...own, ...named };
}

async function locateScenes(
  scenes: NonNullable<DatasetSpec['scenes']>,
  cacheFolder: string,
  options: PrepareOptions,
): Promise<Locations> {
  const folder = await generateScenes(scenes, cacheFolder, options);
  const at = (files: { images: string; annotations: string }): Location => ({
    type: 'coco',
    annotations: join(folder, files.annotations),
    images: join(folder, files.images),
  });
  return {
    labelled: at(sceneFiles.train),
    validation: at(sceneFiles.val),
    ...(scenes.unlabelled > 0 && {
      unlabelled: at(sceneFiles.unlabelled),
      truth: at({ ...sceneFiles.unlabelled, annotations: sceneFiles.unlabelled.truth }),
    }),
    ...(scenes.classification !== undefined && {
      classification: { type: 'folders' as const, images: join(folder, sceneFiles.classification) },
    }),
    ...(scenes.otherDetection !== undefined && { otherDetection: at(sceneFiles.otherDetection) }),
  };
}

async function locateCoco(
  coco: NonNullable<DatasetSpec['coco']>,
  cacheFolder: string,
  path: (kind: 'file' | 'folder', written: string, setting: string) => string,
): Promise<Locations> {
  const { categories } = coco;
  const location = (part: 'train' | 'val') => {
    const setting = coco[`${part}Images`] === undefined ? 'images' : (`${part}Images` as const);
    return {
      type: 'coco' as const,
      annotations: path('file', coco[part], `coco.${part}`),
      images: path('folder', coco[setting]!, `coco.${setting}`),
    };
  };
  const [train, val] = [location('train'), location('val')];
  let locations: Locations = { labelled: train, validation: val };
  if (categories !== undefined) {
    const labelled = await selectCategories(train, categories, cacheFolder);
    const validation = await selectCategories(val, categories, cacheFolder);
    locations = {
      labelled: labelled.location,
      validation: validation.location,
      warnings: { labelled: labelled.warnings, validation: validation.warnings },
    };
  }
  if (coco.unlabelled === undefined) return locations;
  const images = path('folder', coco.unlabelled.images, 'coco.unlabelled.images');
  if (coco.unlabelled.annotations === undefined) {
    return { ...locations, unlabelled: await listUnlabelled(images, cacheFolder) };
  }
  const annotations = path('file', coco.unlabelled.annotations, 'coco.unlabelled.annotations');
  const pool = { type: 'coco' as const, annotations, images };
  const used =
    categories === undefined ? pool : (await selectCategories(pool, categories, cacheFolder, true)).location;
  return { ...locations, ...(await splitTruth(used, cacheFolder)) };
}
