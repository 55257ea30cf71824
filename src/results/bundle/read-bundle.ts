import { RethinkError } from '../../contract';
import { type CocoDetection, type ResampledScore } from '../../evaluation';
import { outcomeSchema } from '../../core/plan/outcome-schema';
import { type Resamples } from '../../statistics/bootstrap/stored-resamples';
import { ColumnReader } from './columns';
import { unpackDetections } from './detections-codec';
import { bundleFiles, detectionsFile, detectionsJsonFile, truthFile } from './manifest';
import { type Archive, readArchive } from './read-archive';
import {
  type BundleEvaluations,
  bundleEvaluationsSchema,
  type BundleResults,
  bundleResultsSchema,
  type BundleTruth,
  bundleTruthSchema,
  byStageSchema,
} from './results-schema';
import { parseJson, readJsonAs } from '../../core/json/safe-json';

/** A bundle whose form is right; whether its numbers agree with each other is `checkBundle`'s business. */
export interface Bundle {
  readonly archive: Archive;
  readonly results: BundleResults;
  readonly evaluations: BundleEvaluations;
  /** By key of the evaluate stage. */
  readonly resamples: ReadonlyMap<string, Resamples>;
  /** By key of the training stage. */
  readonly curves: Readonly<Record<string, unknown>>;
  readonly pseudoLabels: Readonly<Record<string, unknown>>;
  detections(key: string): readonly CocoDetection[] | undefined;
  truth(digest: string): BundleTruth | undefined;
}

/**
 * Reads a bundle and checks its form.
 *
 * @throws RethinkError as `readArchive` does, and `BUNDLE_MALFORMED` with file and path
 */
export async function readBundle(file: string): Promise<Bundle> {
  const archive = await readArchive(file);
  const { contents } = archive;
  const place = (name: string) => `${file} › ${name}`;
  const need = (name: string): Buffer => {
    const data = contents.get(name);
    if (data !== undefined) return data;
    throw new RethinkError('BUNDLE_MALFORMED', `The bundle contains no ${name}.`, { location: { file } });
  };
  const json = <Schema extends Parameters<typeof readJsonAs>[1]>(name: string, schema: Schema) =>
    readJsonAs(need(name), schema, place(name));
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
    detections: (key) => {
      const packed = contents.get(detectionsFile(key));
      if (packed !== undefined) return unpackDetections(packed, place(detectionsFile(key)));
      const plain = contents.get(detectionsJsonFile(key));
      // The evaluator checks what it reads itself.
      return plain && (parseJson(plain, place(detectionsJsonFile(key))) as CocoDetection[]);
    },
    truth: (digest) => {
      const name = truthFile(digest);
      return contents.has(name) ? json(name, bundleTruthSchema) : undefined;
    },
  };
}

/** Names that are used must be there, once. */
function checkReferences(results: BundleResults, file: string): void {
  const fail = (path: string, what: string): never => {
    throw new RethinkError('BUNDLE_MALFORMED', what, { location: { file, path } });
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
    outcomeSchema.shape.summary.parse(stage.summary ?? {});
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
