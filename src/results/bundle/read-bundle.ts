import {
  type Detections,
  detectionsFrom,
  readAnnotationBytes,
  readDetectionBytes,
  type ResampledScore,
  type Truth,
} from '../../evaluation';
import { type Resamples } from '../../statistics/bootstrap/stored-resamples';
import { malformed } from './bundle-errors';
import { ColumnReader } from './columns';
import { detectionsText, unpackDetections } from './detections-codec';
import { bundleFiles, detectionsFile, detectionsJsonFile, truthFile } from './manifest';
import { type Archive, readArchive } from './read-archive';
import {
  type BundleEvaluations,
  bundleEvaluationsSchema,
  type BundleResults,
  bundleResultsSchema,
  byStageSchema,
} from './results-schema';
import { readJsonAs } from './parse-json';

/** A well-formed bundle; `checkBundle` checks whether its numbers agree with each other. */
export interface Bundle {
  readonly archive: Archive;
  readonly results: BundleResults;
  readonly evaluations: BundleEvaluations;
  /** By key of the evaluate stage. */
  readonly resamples: ReadonlyMap<string, Resamples>;
  /** By key of the training stage. */
  readonly curves: Readonly<Record<string, unknown>>;
  readonly pseudoLabels: Readonly<Record<string, unknown>>;
  /** @throws RethinkError as `readDetections` */
  detections(key: string, truth: Truth): Detections | undefined;
  /** The same as a COCO results list. */
  detectionsJson(key: string): Uint8Array | string | undefined;
  /** @throws RethinkError as `readAnnotations` */
  truth(digest: string): Truth | undefined;
  truthJson(digest: string): Uint8Array | undefined;
}

/**
 * Reads a bundle and checks its form.
 *
 * @throws RethinkError as `readArchive` does, and `BUNDLE_MALFORMED` with file and path
 */
export async function readBundle(file: string): Promise<Bundle> {
  return parseBundle(await readArchive(file));
}

/** @throws RethinkError `BUNDLE_MALFORMED` */
export function parseBundle(archive: Archive): Bundle {
  const { file, contents } = archive;
  const place = (name: string) => `${file} › ${name}`;
  const need = (name: string): Buffer => {
    const data = contents.get(name);
    if (data !== undefined) return data;
    throw malformed(file, `The bundle contains no ${name}.`);
  };
  const json = <Schema extends Parameters<typeof readJsonAs>[1]>(name: string, schema: Schema) =>
    readJsonAs(need(name), schema, place(name));
  const unpacked = (key: string) => {
    const packed = contents.get(detectionsFile(key));
    return packed && unpackDetections(packed, place(detectionsFile(key)));
  };
  const truths = new Map<string, Truth>();
  const results = json(bundleFiles.results, bundleResultsSchema);
  checkReferences(results, place(bundleFiles.results));
  const evaluations = json(bundleFiles.evaluations, bundleEvaluationsSchema);
  return {
    archive,
    results,
    evaluations,
    resamples: resamplesOf(evaluations, need(bundleFiles.resamples), place(bundleFiles.resamples)),
    curves: json(bundleFiles.curves, byStageSchema),
    pseudoLabels: json(bundleFiles.pseudoLabels, byStageSchema),
    detections: (key, truth) => {
      const found = unpacked(key);
      if (found !== undefined) return detectionsFrom(found, truth);
      const plain = contents.get(detectionsJsonFile(key));
      return plain && readDetectionBytes(plain, truth, {}, place(detectionsJsonFile(key)));
    },
    detectionsJson: (key) => {
      const found = unpacked(key);
      return found === undefined ? contents.get(detectionsJsonFile(key)) : detectionsText(found);
    },
    truth: (digest) => {
      const data = contents.get(truthFile(digest));
      if (data !== undefined && !truths.has(digest))
        truths.set(digest, readAnnotationBytes(data, place(truthFile(digest))));
      return truths.get(digest);
    },
    truthJson: (digest) => contents.get(truthFile(digest)),
  };
}

/** Names that are used must be there, once. */
function checkReferences(results: BundleResults, file: string): void {
  const fail = (path: string, what: string): never => {
    throw malformed(file, what, path);
  };
  const stages = new Map(results.stages.map((stage) => [stage.key, stage]));
  if (stages.size < results.stages.length) fail('stages', 'Duplicate stage.');
  const environment = (id: string | undefined, path: string) =>
    id === undefined ||
    Object.hasOwn(results.environments, id) ||
    fail(path, 'The machine is not described.');
  results.stages.forEach((stage, index) => {
    const path = `stages[${index}]`;
    for (const key of Object.values(stage.inputs)) {
      if (!stages.has(key)) fail(`${path}.inputs`, `Stage ${key.slice(0, 12)} is not described.`);
    }
    for (const set of Object.values(stage.images ?? {})) {
      if (!Object.hasOwn(results.imageSets, set))
        fail(`${path}.images`, 'The set of images is not described.');
    }
    environment(stage.environmentId, `${path}.environmentId`);
    if (stage.status !== 'done') return;
    const { ledger, startedAt, endedAt, environmentId } = stage;
    if (!ledger || !startedAt || !endedAt || environmentId === undefined) {
      fail(path, 'A finished stage requires a ledger, a start, an end and a machine.');
    }
  });
  results.runs.forEach((run, index) => environment(run.environmentId, `runs[${index}].environmentId`));
  const ids = new Set<string>();
  results.trials.forEach((trial, index) => {
    const path = `trials[${index}]`;
    if (ids.has(trial.id)) fail(path, 'Duplicate trial.');
    ids.add(trial.id);
    const points = (trial.checkpoints ?? []).flatMap((point) => [
      point.training,
      point.detectKey,
      point.evaluateKey,
    ]);
    for (const key of [...trial.stageKeys, ...points]) {
      if (!stages.has(key)) fail(path, `Stage ${key.slice(0, 12)} is not described.`);
    }
    if (trial.status !== 'done' && trial.status !== 'invalid') return;
    const { detectKey, evaluateKey, stageKeys } = trial;
    const kinds = [stages.get(detectKey ?? '')?.kind, stages.get(evaluateKey ?? '')?.kind];
    if (kinds[0] !== 'detect' || kinds[1] !== 'evaluate' || stageKeys.at(-1) !== evaluateKey) {
      fail(path, 'A scored trial must end with a detect and an evaluate stage.');
    }
  });
}

function resamplesOf(evaluations: BundleEvaluations, data: Buffer, file: string): Map<string, Resamples> {
  const reader = new ColumnReader(data, file);
  const all = new Map<string, Resamples>();
  for (const key of Object.keys(evaluations).sort()) {
    const { resamples } = evaluations[key]!;
    if (resamples === undefined) continue;
    const { images, count, scores } = resamples;
    const columns = new Map<ResampledScore, Float64Array>();
    for (const score of scores) columns.set(score, reader.read('f32', count));
    const missing = new Float64Array(count).fill(NaN);
    all.set(key, { images, count, scores: (score) => columns.get(score) ?? missing });
  }
  reader.end();
  return all;
}
