import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, digestOf } from '../../core/json/canonical-json';
import { RethinkError } from '../../contract';
import {
  type CocoDetection,
  type CocoTruth,
  type Metrics,
  readAnnotations,
  type ResampledScore,
} from '../../evaluation';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import { artifactFiles } from '../../core/plan/stage-job';
import type { BenchmarkResults, StageRecord, TrialRecord } from '../database/records';
import { readResamples } from '../../statistics/bootstrap/stored-resamples';
import { encodeColumn } from './columns';
import { thinCurve } from './curves';
import { detectionsText, encodeDetections } from './detections-codec';
import { toRuns } from './image-sets';
import { benchmarkFilesFolder, bundleFiles, detectionsFile, detectionsJsonFile, truthFile } from './manifest';
import { openArchive } from './read-archive';
import { parseBundle } from './read-bundle';
import { pluginSummarySchema } from '../../core/plan/plugin-summary';
import type { BundleEvaluations, BundleResults, BundleStage, BundleTrial } from './results-schema';
import { type HiddenFolders, hideFolders, publishedPath } from '../../core/files/shown-paths';
import { trialCosts } from './trial-costs';
import { type BundleContents, writeArchive } from './write-archive';
import { readMetrics } from '../../evaluation/metrics-file';
import { resampledScores } from '../../evaluation/summarise';

export interface ExportOptions {
  readonly results: BenchmarkResults;
  /** The folder of a stage's results. */
  readonly artifactFolder: (key: string) => string;
  /** The benchmark file with those that it extends, where they are unchanged since the run. */
  readonly sources: readonly { readonly name: string; readonly text: string }[];
  /** Folders whose paths are taken out of all texts. */
  readonly folders: HiddenFolders;
}

export interface ExportedBundle {
  readonly bytes: Buffer;
  readonly trials: number;
  readonly scored: number;
  /** What was omitted, and why. */
  readonly leftOut: readonly string[];
}

/**
 * Everything that is known of a benchmark, small enough to be sent: final detections in full, checkpoints
 * of runs as scores. The same results give the same bytes.
 *
 * @throws RethinkError `BUNDLE_ARTIFACT_GONE` where a file that a score depends on is missing, or as `readBundle` where no
 * import would accept the bundle
 */
export async function exportBundle(options: ExportOptions): Promise<ExportedBundle> {
  const exporter = new Exporter(options);
  const { name } = options.results;
  const bytes = await writeArchive(name, exporter.contents());
  const bundle = parseBundle(await openArchive(`${name}.bundle.zip`, bytes));
  for (const digest of exporter.truthDigests()) bundle.truth(digest);
  return {
    bytes,
    trials: exporter.trials.length,
    scored: exporter.scored.length,
    leftOut: exporter.leftOut,
  };
}

const hasScore = ({ status }: { readonly status: string }) => status === 'done' || status === 'invalid';

class Exporter {
  readonly trials: readonly BundleTrial[];
  readonly scored: readonly BundleTrial[];
  readonly leftOut: string[] = [];
  private readonly stages: readonly BundleStage[];
  private readonly imageSets = new Map<string, [number, number][]>();

  constructor(private readonly options: ExportOptions) {
    const { results } = options;
    this.trials = results.trials.map((trial) => trialOf(trial));
    this.scored = this.trials.filter(hasScore);
    const stale = results.trials.filter(({ status }) => status === 'stale').length;
    if (stale > 0) this.leftOut.push(`results of ${stale} trials that are out of date`);
    const used = new Set(
      this.trials.flatMap(({ stageKeys, checkpoints: points = [] }) => [
        ...stageKeys,
        ...points.flatMap(({ detectKey, evaluateKey }) => [detectKey, evaluateKey]),
      ]),
    );
    // Probes of initial weights belong to no trial.
    const isWanted = ({ key, kind, inputs }: StageRecord) =>
      used.has(key) || (kind === 'probe' && used.has(inputs['from'] ?? ''));
    this.stages = results.stages.filter(isWanted).map((stage) => this.stageOf(stage));
  }

  contents(): BundleContents {
    const files = new Map<string, Buffer>();
    const json = (name: string, value: unknown) =>
      files.set(name, Buffer.from(`${canonicalJson(hideFolders(value, this.options.folders))}\n`));
    const { evaluations, resamples } = this.evaluations();
    json(bundleFiles.results, this.results());
    json(bundleFiles.evaluations, evaluations);
    files.set(bundleFiles.resamples, resamples);
    for (const { detectKey } of this.scored) this.addDetections(files, detectKey!);
    for (const digest of this.truthDigests()) json(truthFile(digest), this.truth(digest));
    json(bundleFiles.curves, this.curves());
    json(bundleFiles.pseudoLabels, this.byStage('pseudo-label', artifactFiles.pseudoLabelQuality));
    for (const { name, text } of this.options.sources) {
      files.set(`${benchmarkFilesFolder}${name}`, Buffer.from(text));
    }
    return files;
  }

  private results(): BundleResults {
    const { results } = this.options;
    const { name, title, description, file, updatedAt } = results;
    const used = new Set([
      ...this.stages.flatMap(({ environmentId }) => environmentId ?? []),
      ...results.runs.map(({ environmentId }) => environmentId),
    ]);
    // The ids are digests of the facts: with the machine's name gone they are others.
    const environments = new Map(
      [...used].flatMap((id) => {
        const facts = results.environments[id];
        return facts === undefined
          ? []
          : [[id, { ...facts, hostname: machineName(facts.hostname) }] as const];
      }),
    );
    const newId = (id: string) => digestOf(environments.get(id)!);
    return {
      benchmark: {
        name,
        title,
        description,
        file: publishedPath(file),
        resolved: results.resolved as BundleResults['benchmark']['resolved'],
        updatedAt,
      },
      datasets: Object.fromEntries(
        Object.entries(results.datasets).map(([digest, { type }]) => [digest, { type }]),
      ),
      trials: [...this.trials],
      stages: this.stages.map((stage) => ({
        ...stage,
        ...(stage.environmentId !== undefined && { environmentId: newId(stage.environmentId) }),
      })),
      runs: results.runs.map((run) => ({ ...run, environmentId: newId(run.environmentId) })),
      environments: Object.fromEntries([...environments.values()].map((facts) => [digestOf(facts), facts])),
      plugins: results.plugins.map((plugin) => pluginOf(plugin)),
      imageSets: Object.fromEntries(this.imageSets),
      costs: trialCosts(this.stages, this.trials),
    };
  }

  private stageOf(stage: StageRecord): BundleStage {
    const { status, failure, ...rest } = stage;
    const done = status === 'done';
    const record = done ? this.outcomeOf(stage.key) : undefined;
    return {
      ...(structuredClone(rest) as Omit<BundleStage, 'status' | 'failure'>),
      status: status === 'running' ? 'planned' : status,
      ...(failure && { failure: { ...failure, logFile: publishedPath(failure.logFile) } }),
      ...(record && { images: this.imagesOf(record.outcome.imageIds) }),
      ...(record?.outcome.resumedSeconds && { resumedSeconds: record.outcome.resumedSeconds }),
    };
  }

  private imagesOf(imageIds: Readonly<Record<string, readonly number[]>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(imageIds).map(([role, ids]) => {
        const runs = toRuns(ids);
        const name = createHash('sha256').update(JSON.stringify(runs)).digest('hex').slice(0, 16);
        this.imageSets.set(name, runs);
        return [role, name];
      }),
    );
  }

  private outcomeOf(key: string) {
    try {
      return readOutcomeFile(this.options.artifactFolder(key));
    } catch {
      // Cleared away, or of another version: the bundle has no record then.
      return undefined;
    }
  }

  private evaluations(): { evaluations: BundleEvaluations; resamples: Buffer } {
    const final = new Set(this.scored.flatMap(({ evaluateKey }) => evaluateKey ?? []));
    const wanted = this.stages.filter(({ kind, status }) => kind === 'evaluate' && status === 'done');
    const columns: Buffer[] = [];
    const evaluations: BundleEvaluations = {};
    // By rising key, as the reader takes the columns.
    for (const key of wanted.map((stage) => stage.key).sort()) {
      const folder = this.options.artifactFolder(key);
      const file = join(folder, artifactFiles.metrics);
      if (!existsSync(file)) {
        if (final.has(key)) throw artifactGone(file);
        this.leftOut.push(`the scores of a checkpoint of a run (stage ${key.slice(0, 12)})`);
        continue;
      }
      const { resamples: encoded, ...report } = readMetrics(folder);
      const stored = readResamples(encoded);
      // Along training only AP is asked for again, by the curves of cost.
      const scores: readonly ResampledScore[] = final.has(key) ? resampledScores : ['AP'];
      evaluations[key] = {
        report: final.has(key) ? report : withoutAnalyses(report),
        ...(stored && {
          resamples: { images: stored.images, count: stored.count, scores: [...scores] },
        }),
      };
      if (stored) for (const score of scores) columns.push(encodeColumn('f32', stored.scores(score)));
    }
    return { evaluations, resamples: Buffer.concat(columns) };
  }

  private addDetections(files: Map<string, Buffer>, key: string): void {
    if (files.has(detectionsFile(key)) || files.has(detectionsJsonFile(key))) return;
    const file = join(this.options.artifactFolder(key), artifactFiles.detections);
    const detections = readJson(file) as readonly CocoDetection[] | undefined;
    if (detections === undefined) throw artifactGone(file);
    const packed = encodeDetections(detections);
    if (packed !== undefined) files.set(detectionsFile(key), packed);
    else files.set(detectionsJsonFile(key), Buffer.from(detectionsText(detections)));
  }

  truthDigests(): Set<string> {
    const keys = new Set(this.scored.flatMap(({ evaluateKey }) => evaluateKey ?? []));
    return new Set(
      this.stages.flatMap(({ key, parameters }) => {
        const truth = parameters['truth'] as { datasetDigest?: string } | undefined;
        return keys.has(key) && truth?.datasetDigest !== undefined ? truth.datasetDigest : [];
      }),
    );
  }

  private truth(digest: string): CocoTruth {
    const file = this.options.results.datasets[digest]?.annotations;
    if (file === undefined || !existsSync(file)) {
      throw artifactGone(file ?? `annotations of data set ${digest.slice(0, 12)}`);
    }
    const truth = readAnnotations(file);
    return {
      images: truth.images.map(({ id, file_name, width, height }) => ({ id, file_name, width, height })),
      annotations: Array.from(truth.id, (id, row) => ({
        id,
        image_id: truth.images[truth.image[row]!]!.id,
        category_id: truth.categories[truth.category[row]!]!.id,
        bbox: [...truth.box.subarray(4 * row, 4 * row + 4)] as [number, number, number, number],
        area: truth.area[row],
        ...(truth.crowd[row] === 1 && { iscrowd: 1 as const }),
      })),
      categories: truth.categories.map(({ id, name }) => ({ id, name })),
    };
  }

  private curves(): Record<string, unknown> {
    const all = this.byStage('train', artifactFiles.curve);
    return Object.fromEntries(Object.entries(all).map(([key, curve]) => [key, thinCurve(curve)]));
  }

  private byStage(kind: string, name: string): Record<string, unknown> {
    const stages = this.stages.filter((stage) => stage.kind === kind && stage.status === 'done');
    return Object.fromEntries(
      stages.flatMap(({ key }) => {
        const value = readJson(join(this.options.artifactFolder(key), name));
        return value === undefined ? [] : [[key, value]];
      }),
    );
  }
}

/** No page shows these of a checkpoint of a run. */
function withoutAnalyses({ errors: _, confusion: __, calibration: ___, ...numbers }: Metrics): Metrics {
  return numbers;
}

/** Without scores: they are in `evaluations.json`, once. */
function trialOf({ metrics: ___, checkpoints: points, ...trial }: TrialRecord): BundleTrial {
  const rest = {
    ...(structuredClone(trial) as unknown as Omit<BundleTrial, 'status' | 'checkpoints'>),
    ...(trial.logFile !== undefined && { logFile: publishedPath(trial.logFile) }),
    ...(points && {
      checkpoints: points.map(({ stats: _, resamples: __, ...point }) => point),
    }),
  };
  switch (trial.status) {
    case 'running':
      return { ...rest, status: 'planned' };
    case 'stale': {
      // Its result is of stages that the plan no longer has; they are in no bundle.
      const { detectKey: _detect, evaluateKey: _evaluate, access: _access, ...others } = rest;
      const reason = `its earlier result is out of date and was left out: ${trial.reason ?? ''}`;
      return { ...others, status: 'planned', code: 'STALE', reason };
    }
    default:
      return { ...rest, status: trial.status };
  }
}

/** Without the plugin's folder on this machine. */
function pluginOf(plugin: BenchmarkResults['plugins'][number]): BundleResults['plugins'][number] {
  const entries = Object.entries(plugin).filter(([name]) => Object.hasOwn(pluginSummarySchema.shape, name));
  return Object.fromEntries(entries) as BundleResults['plugins'][number];
}

/** Tells machines apart without naming them. */
function machineName(hostname: string): string {
  // A bundle of imported results names machines as the first one did.
  if (/^machine-[0-9a-f]{8}$/.test(hostname)) return hostname;
  return `machine-${createHash('sha256').update(hostname).digest('hex').slice(0, 8)}`;
}

function readJson(file: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new RethinkError(
      'BUNDLE_ARTIFACT_UNREADABLE',
      `The artifact can't be read: ${(error as Error).message}.`,
      {
        location: { file },
        hint: 'Run the benchmark again: a damaged artifact is rebuilt.',
        cause: error,
      },
    );
  }
}

function artifactGone(file: string): RethinkError {
  return new RethinkError('BUNDLE_ARTIFACT_GONE', 'A file that a score depends on is missing.', {
    location: { file },
    hint: 'Run the benchmark again: what is missing is rebuilt, the rest is reused.',
  });
}
