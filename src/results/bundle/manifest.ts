import { z } from 'zod';
import { artifactFileName } from '../../core/artifact/manifest';

export const BUNDLE_MANIFEST = 'bundle.json';
export const BUNDLE_TYPE = 'rethink-bundle';
/** Raised whenever an older reader could not read the new form. */
export const BUNDLE_SCHEMA_VERSION = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What every version's manifest has: enough to report that a bundle is too new. */
export const anyManifestSchema = z.looseObject({
  type: z.literal(BUNDLE_TYPE),
  schemaVersion: z.int().min(1),
  rethink: z.string().max(60),
});

export const bundleManifestSchema = z.strictObject({
  type: z.literal(BUNDLE_TYPE),
  schemaVersion: z.int().min(1),
  /** Version of the program that wrote it. */
  rethink: z.string().max(60),
  benchmark: z.string().min(1).max(200),
  files: z.array(z.strictObject({ name: artifactFileName, bytes: z.int().min(0), sha256 })).max(100_000),
});

/** `bundle.json`: lists every other file of a bundle with its checksum. */
export type BundleManifest = z.infer<typeof bundleManifestSchema>;

/** Files of a bundle by name; all but `detections/` are JSON. */
export const bundleFiles = {
  /** Trials, stages with their ledgers, runs, machines, plugins, costs */
  results: 'results.json',
  /** Reports of the evaluate stages, and where their resamples lie in `resamples.bin` */
  evaluations: 'evaluations.json',
  resamples: 'resamples.bin',
  /** Loss curves of the training stages */
  curves: 'curves.json',
  /** Quality of pseudo-labels */
  pseudoLabels: 'pseudo-labels.json',
} as const;

export const detectionsFile = (key: string): string => `detections/${key}.bin`;
export const detectionsJsonFile = (key: string): string => `detections/${key}.json`;
export const truthFile = (digest: string): string => `truth/${digest}.json`;
/** The benchmark file as it was read, with what it extends. */
export const benchmarkFilesFolder = 'benchmark/';
