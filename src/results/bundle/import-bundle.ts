import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { Workspace } from '../../core/artifact/workspace';
import { measuredSchema } from '../../core/plan/outcome-schema';
import { RethinkError } from '../../contract';
import { benchmarkSpec } from '../../host/benchmark/spec';
import { artifactFiles, type DatasetLocation } from '../../core/plan/stage-job';
import type { BenchmarkResults, TrialRecord } from '../database/records';
import { metricsOf, bundleStageRecord } from './bundle-results';
import type { ResultsService } from '../database/results.service';
import { type BundleCheck, checkBundle, refuseDisagreement } from './check-bundle';
import { fromRuns } from './image-sets';
import { writeImported, writeImportedStage } from './imported-results';
import { type ConflictRule, type Merge, mergeBundle } from './merge';
import { type Bundle, readBundle } from './read-bundle';
import type { BundleStage, BundleTrial } from './results-schema';

export interface ImportOptions {
  readonly file: string;
  readonly workspace: string;
  readonly results: Pick<ResultsService, 'snapshot' | 'importResults'>;
  readonly conflicts?: ConflictRule;
  /** Another name for the benchmark. */
  readonly as?: string;
  readonly onTrial?: (done: number, total: number) => void;
  /** Folders of the images on this machine, by the data set's digest, as far as there are any. */
  readonly images?: (bundle: Bundle) => Promise<Readonly<Record<string, string>>>;
}

export interface ImportSummary {
  readonly benchmark: string;
  readonly sha256: string;
  readonly counts: Merge['counts'];
  readonly check: Pick<BundleCheck, 'scored' | 'costed' | 'trusted'>;
  /** Stages that both sides had finished: the local ledger stays. */
  readonly sharedStages: number;
}

/**
 * Imports a bundle into a workspace, after everything in it that can be recomputed has been checked.
 *
 * @throws RethinkError as `readBundle`, `refuseDisagreement` and `mergeBundle` do; nothing is changed then
 */
export async function importBundle(options: ImportOptions): Promise<ImportSummary> {
  const { file, results, conflicts = 'refuse' } = options;
  const bundle = renamed(await readBundle(file), options.as);
  // Annotations that no score depends on have to be sound too.
  for (const digest of Object.keys(bundle.results.datasets)) bundle.truth(digest);
  const check = await checkBundle(bundle, options.onTrial);
  refuseDisagreement(check, file);
  const { name } = bundle.results.benchmark;
  const local = (await results.snapshot(name)).benchmarks[0];
  const merge = mergeBundle(bundle, local, conflicts);
  const { sha256 } = bundle.archive;
  const { scored, costed, trusted } = check;
  const summary = { benchmark: name, sha256, counts: merge.counts, check: { scored, costed, trusted } };
  if (merge.taken.length === 0) return { ...summary, sharedStages: 0 };
  const workspace = new Workspace(options.workspace);
  const parts = partsOf(bundle, merge);
  for (const { key, files } of parts.files(local, conflicts === 'replace'))
    writeImportedStage(workspace, key, files);
  const datasets = await writeTruths(bundle, workspace, options);
  const written = await results.importResults({
    benchmark: {
      ...bundle.results.benchmark,
      resolved: merge.resolved,
      datasets,
      trials: parts.trials,
      stages: parts.stages,
      runs: bundle.results.runs,
      environments: bundle.results.environments,
      plugins: bundle.results.plugins,
    },
    metrics: parts.metrics,
    replace: conflicts === 'replace',
  });
  const record = {
    file: basename(file),
    sha256,
    importedAt: new Date().toISOString(),
    benchmark: name,
    trials: merge.taken.map(({ id }) => id),
  };
  writeImported(workspace.importedBundle(sha256), `${JSON.stringify(record, null, 2)}\n`);
  const done = parts.stages.filter(({ status }) => status === 'done').length;
  const sharedStages =
    done - parts.stages.filter(({ key, status }) => status === 'done' && written.has(key)).length;
  return { ...summary, sharedStages };
}

function renamed(bundle: Bundle, name: string | undefined): Bundle {
  if (name === undefined) return bundle;
  if (!benchmarkSpec.shape.name.safeParse(name).success) {
    throw new RethinkError('USAGE', `"${name}" is not a valid benchmark name.`, {
      hint: 'Use lower-case letters, digits and "-".',
    });
  }
  const { benchmark } = bundle.results;
  const title = `${benchmark.title} (${name})`;
  return {
    ...bundle,
    results: {
      ...bundle.results,
      benchmark: { ...benchmark, name, title, resolved: { ...benchmark.resolved, name } },
    },
  };
}

/** Rows and files of the trials that are taken. */
function partsOf(bundle: Bundle, { taken }: Merge) {
  const { results, evaluations } = bundle;
  const keys = new Set(
    taken.flatMap(({ stageKeys, checkpoints: points = [] }) => [
      ...stageKeys,
      ...points.flatMap(({ training, detectKey, evaluateKey }) => [training, detectKey, evaluateKey]),
    ]),
  );
  const used = results.stages.filter(
    ({ key, kind, inputs }) => keys.has(key) || (kind === 'probe' && keys.has(inputs['from'] ?? '')),
  );
  const detections = new Set(taken.flatMap((trial) => (isScored(trial) ? trial.detectKey! : [])));
  const metrics = new Map(
    used.flatMap(({ key }) =>
      Object.hasOwn(evaluations, key) ? [[key, metricsOf(bundle, key)] as const] : [],
    ),
  );
  return {
    trials: taken.map((trial): TrialRecord => trial),
    stages: used.map((stage) => bundleStageRecord(stage)),
    metrics,
    *files(local: BenchmarkResults | undefined, replace: boolean) {
      const finished = new Set(local?.stages.flatMap(({ key, status }) => (status === 'done' ? key : [])));
      for (const stage of used) {
        const { key } = stage;
        if (stage.status !== 'done' || (finished.has(key) && !replace)) continue;
        const files = new Map<string, string | Uint8Array>();
        const outcome = outcomeText(bundle, stage);
        if (outcome !== undefined) files.set(artifactFiles.outcome, outcome);
        const add = (name: string, value: unknown) =>
          value !== undefined && files.set(name, `${JSON.stringify(value)}\n`);
        add(artifactFiles.metrics, metrics.get(key));
        add(artifactFiles.curve, bundle.curves[key]);
        add(artifactFiles.pseudoLabelQuality, bundle.pseudoLabels[key]);
        if (detections.has(key)) files.set(artifactFiles.detections, bundle.detectionsJson(key)!);
        if (files.size > 0) yield { key, files };
      }
    },
  };
}

const isScored = ({ status }: BundleTrial) => status === 'done' || status === 'invalid';

/** The stage's `outcome.json`; undefined where the bundle has no record of its images. */
function outcomeText({ results }: Bundle, stage: BundleStage): string | undefined {
  const { key, kind, label, seed, ledger, images, startedAt, endedAt, environmentId } = stage;
  if (images === undefined) return undefined;
  return `${JSON.stringify({
    schemaVersion: 1,
    stage: { key, kind, label, seed },
    outcome: {
      ledger: z.object(measuredSchema.shape).parse(ledger),
      imageIds: Object.fromEntries(
        Object.entries(images).map(([role, name]) => [role, fromRuns(results.imageSets[name]!) ?? []]),
      ),
      summary: stage.summary ?? {},
      resumedSeconds: stage.resumedSeconds,
    },
    ledger,
    startedAt,
    endedAt,
    environment: results.environments[environmentId!],
  })}\n`;
}

/** Annotations go into the workspace; images stay where they are, where this machine has them. */
async function writeTruths(
  bundle: Bundle,
  workspace: Workspace,
  { images: readImages }: ImportOptions,
): Promise<Record<string, DatasetLocation>> {
  const folders = (await readImages?.(bundle)) ?? {};
  return Object.fromEntries(
    Object.entries(bundle.results.datasets).map(([digest, { type }]) => {
      const truth = bundle.truthJson(digest);
      const annotations = workspace.importedTruth(digest);
      if (truth !== undefined && !existsSync(annotations)) writeImported(annotations, truth);
      const images = folders[digest] ?? workspace.importedImages(digest);
      return [digest, { digest, type, ...(truth && { annotations }), images }];
    }),
  );
}
