import { sum } from 'd3-array';
import { trialId } from '../../core/plan/axes';
import { RethinkError } from '../../contract';
import {
  describeEvaluation,
  storedAnalyses,
  evaluate,
  type Evaluation,
  type Metrics,
  type StoredAnalyses,
} from '../../evaluation';
import { resample } from '../../evaluation/resample';
import { dataAccess } from '../database/data-access';
import { trialState } from '../database/trial-status';
import { resampleWeights, imagesDigest } from '../../statistics/bootstrap/image-resamples';
import { fromRuns } from './image-sets';
import type { Bundle } from './read-bundle';
import { costPolicies } from '../../core/cost/lineage';
import { bundleMetrics } from '../../core/cost/metrics';
import type { BundleStage, BundleTrial } from './results-schema';
import { trialCosts } from './trial-costs';
import { resampledScores } from '../../evaluation/summarise';
import { statNames } from '../../evaluation/summarise';

/** A statement of a bundle that does not follow from its contents. */
export interface Disagreement {
  readonly code:
    | 'AP_DISAGREES'
    | 'RESAMPLES_DISAGREE'
    | 'COST_DISAGREES'
    | 'LEDGER_DISAGREES'
    | 'STATUS_DISAGREES'
    | 'DATA_ACCESS_DISAGREES'
    | 'EVIDENCE_MISSING';
  /** Trial or stage. */
  readonly what: string;
  readonly message: string;
}

export interface BundleCheck {
  readonly disagreements: readonly Disagreement[];
  /** Trials whose AP was recomputed from their detections. */
  readonly scored: number;
  /** Trials whose costs were recomputed from the ledgers. */
  readonly costed: number;
  /** Scores of points along training, whose detections are in no bundle: taken on trust. */
  readonly trusted: number;
}

/** For sums of floating-point numbers in another order. */
const tolerance = 1e-9;
/** Resamples are stored as 32-bit floats. */
const resampleTolerance = 2e-6;
/** Resamples that are repeated, of the thousand in a bundle. */
const checkedResamples = 12;

/**
 * Recomputes what can be recomputed: AP from the detections, some of the resamples, costs from the ledgers, statuses
 * from the stages, data access from the record of images.
 *
 * @param onTrial called after each trial that was scored again
 */
export async function checkBundle(
  bundle: Bundle,
  onTrial: (done: number, total: number) => void = () => undefined,
): Promise<BundleCheck> {
  const { results } = bundle;
  const found: Disagreement[] = [];
  const stages = new Map(results.stages.map((stage) => [stage.key, stage]));
  const scored = results.trials.filter(({ status }) => status === 'done' || status === 'invalid');
  for (const stage of results.stages) found.push(...checkLedger(stage));
  for (const trial of results.trials) found.push(...checkTrial(trial, stages, bundle));
  found.push(...checkCosts(bundle));
  const seen = new Set<string>();
  for (const [index, trial] of scored.entries()) {
    if (!seen.has(trial.evaluateKey!)) {
      seen.add(trial.evaluateKey!);
      found.push(...checkScores(bundle, trial, stages));
      // Lets progress and Ctrl-C through.
      await new Promise(setImmediate);
    }
    onTrial(index + 1, scored.length);
  }
  const points = new Set(
    results.trials.flatMap((trial) => (trial.checkpoints ?? []).map(({ evaluateKey }) => evaluateKey)),
  );
  const trusted = [...points].filter(
    (key) => !seen.has(key) && Object.hasOwn(bundle.evaluations, key),
  ).length;
  return { disagreements: found, scored: scored.length, costed: scored.length, trusted };
}

/**
 * @throws RethinkError `BUNDLE_DISAGREES`, naming the first disagreement and how many more there are
 */
export function refuseDisagreement({ disagreements }: BundleCheck, file: string): void {
  const [first, ...more] = disagreements;
  if (first === undefined) return;
  throw new RethinkError(
    'BUNDLE_DISAGREES',
    `${first.what}: ${first.message} [${first.code}]${more.length > 0 ? `, and ${more.length} more disagreements` : ''}.`,
    {
      location: { file },
      hint: 'Nothing was imported: the numbers of the bundle do not follow from its contents.',
    },
  );
}

function checkLedger({ key, label, ledger }: BundleStage): Disagreement[] {
  if (ledger === undefined) return [];
  const what = `stage ${label} (${key.slice(0, 12)})`;
  const found: Disagreement[] = [];
  const disagree = (message: string) => found.push({ code: 'LEDGER_DISAGREES', what, message });
  const phases = sum(Object.values(ledger.flopsByPhase));
  if (phases > 0 && !isNear(phases, ledger.flops)) {
    disagree(`its phases add up to ${phases} FLOPs, but its ledger states ${ledger.flops}`);
  }
  const seconds = sum(Object.values(ledger.secondsByPhase));
  if (seconds > ledger.wallSeconds * 1.01 + 0.1) {
    disagree(
      `its phases take ${seconds.toFixed(1)} s, but its ledger states ${ledger.wallSeconds.toFixed(1)} s`,
    );
  }
  if (ledger.declared !== true && ledger.deviceSeconds > ledger.wallSeconds * 1.01 + 0.1) {
    disagree(`${ledger.deviceSeconds.toFixed(1)} s of device time in ${ledger.wallSeconds.toFixed(1)} s`);
  }
  return found;
}

function checkTrial(
  trial: BundleTrial,
  stages: ReadonlyMap<string, BundleStage>,
  { results }: Bundle,
): Disagreement[] {
  const found: Disagreement[] = [];
  const what = trial.id;
  const disagree = (code: Disagreement['code'], message: string) => found.push({ code, what, message });
  if (trial.id !== trialId(trial.axes)) disagree('STATUS_DISAGREES', 'its name does not match its axes');
  const lineage = trial.stageKeys.map((key) => stages.get(key)!);
  if (trial.status === 'skipped') {
    if (lineage.length > 0 || trial.code === undefined || trial.reason === undefined)
      disagree('STATUS_DISAGREES', 'a skipped trial requires a reason and no stages');
    return found;
  }
  const { status } = trialState(lineage, undefined, null, trial.access ?? null);
  if (status !== trial.status) {
    disagree('STATUS_DISAGREES', `its status is "${trial.status}", but its stages imply "${status}"`);
  }
  const access = dataAccess(lineage, ({ images }) => imageIdsOf(images, results.imageSets));
  if (trial.status === 'done' && access.verdict === 'invalid') {
    const message = 'its status is "done", but its record shows that it saw validation images';
    disagree('DATA_ACCESS_DISAGREES', message);
  }
  return found;
}

function imageIdsOf(
  images: BundleStage['images'],
  sets: Bundle['results']['imageSets'],
): Record<string, number[]> | undefined {
  if (images === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(images).map(([role, name]) => [role, fromRuns(sets[name]!) ?? []]),
  );
}

function checkCosts({ results }: Bundle): Disagreement[] {
  const made = trialCosts(results.stages, results.trials);
  const message = 'a trial without a score states a cost';
  const found = Object.keys(results.costs).flatMap((id): Disagreement[] =>
    Object.hasOwn(made, id) ? [] : [{ code: 'COST_DISAGREES', what: id, message }],
  );
  for (const [id, costs] of Object.entries(made)) {
    const stated = Object.hasOwn(results.costs, id) ? results.costs[id] : undefined;
    if (stated === undefined) {
      found.push({ code: 'EVIDENCE_MISSING', what: id, message: 'it has a score but no cost' });
      continue;
    }
    for (const policy of [...costPolicies, 'scoring'] as const) {
      const metric = bundleMetrics.find((name) => !isNear(costs[policy][name], stated[policy][name]));
      if (metric === undefined) continue;
      const message = `its ${policy} cost in ${metric} is stated as ${stated[policy][metric]}, but its ledgers give ${costs[policy][metric]}`;
      found.push({ code: 'COST_DISAGREES', what: id, message });
      break;
    }
  }
  return found;
}

function checkScores(
  bundle: Bundle,
  trial: BundleTrial,
  stages: ReadonlyMap<string, BundleStage>,
): Disagreement[] {
  const what = trial.id;
  const missing = (message: string): Disagreement[] => [{ code: 'EVIDENCE_MISSING', what, message }];
  const stored = bundle.evaluations[trial.evaluateKey!];
  if (stored === undefined) return missing('its scores are missing');
  const parameters = stages.get(trial.evaluateKey!)!.parameters as { truth?: { datasetDigest?: unknown } };
  const digest = parameters.truth?.datasetDigest;
  const truth = typeof digest === 'string' ? bundle.truth(digest) : undefined;
  if (truth === undefined) return missing('the annotations that it was scored on are missing');
  let evaluation: Evaluation;
  try {
    const columns = bundle.detections(trial.detectKey!, truth);
    if (columns === undefined) return missing('its detections are missing');
    evaluation = evaluate(truth, columns);
    const report = describeEvaluation(truth, columns, evaluation);
    const wrong =
      firstDifference(report, stored.report) ??
      otherAnalysis(storedAnalyses(truth, columns, evaluation), stored.report);
    if (wrong !== undefined) return [{ code: 'AP_DISAGREES', what, message: wrong }];
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    return [{ code: 'AP_DISAGREES', what, message: `its detections cannot be scored: ${error.message}` }];
  }
  return checkResamples(bundle, trial, evaluation);
}

/** The twelve numbers and those of each category. */
function firstDifference(made: Pick<Evaluation, 'stats' | 'perCategory'>, said: Metrics): string | undefined {
  const compare = (name: string, own: number | null | undefined, other: number | null | undefined) =>
    isNear(own ?? null, other ?? null)
      ? undefined
      : `its ${name} is stated as ${describe(other)}, but its detections give ${describe(own)}`;
  for (const name of statNames) {
    const wrong = compare(name, made.stats[name], said.stats[name]);
    if (wrong !== undefined) return wrong;
  }
  for (const [id, category] of Object.entries(made.perCategory)) {
    for (const name of ['AP', 'AP50', 'AR100'] as const) {
      const wrong = compare(`${name} of category ${id}`, category[name], said.perCategory[id]?.[name]);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

/** Error types, confusions and calibration, where the bundle has them. */
function otherAnalysis(made: StoredAnalyses, said: Metrics): string | undefined {
  const wrong = (['errors', 'confusion', 'calibration'] as const).find(
    (name) => said[name] !== undefined && !isAlike(made[name], said[name]),
  );
  return wrong && `its ${wrong} figures do not follow from its detections`;
}

/** Equal but for the last digits of numbers. */
function isAlike(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return isNear(a, b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) =>
    isAlike((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

function checkResamples(bundle: Bundle, trial: BundleTrial, { records }: Evaluation): Disagreement[] {
  const stored = bundle.resamples.get(trial.evaluateKey!);
  if (stored === undefined) return [];
  const what = trial.id;
  if (stored.images !== imagesDigest(records.imageIds)) {
    return [{ code: 'RESAMPLES_DISAGREE', what, message: 'its resamples are of other images' }];
  }
  const weightsOf = resampleWeights(records.imageIds);
  // Spread over all of them, so that none can be made up alone.
  const at = (index: number) => Math.floor((index * stored.count) / Math.min(checkedResamples, stored.count));
  const count = Math.min(checkedResamples, stored.count);
  const made = resample(records, (index) => weightsOf(at(index)), count);
  for (const score of resampledScores) {
    const said = stored.scores(score);
    for (let index = 0; index < count; index++) {
      const [own, other] = [made[score][index]!, said[at(index)]!];
      if (Number.isNaN(own) && Number.isNaN(other)) continue;
      if (Math.abs(own - other) <= resampleTolerance) continue;
      const message = `${score} of resample ${at(index)} is stated as ${other}, but its detections give ${own}`;
      return [{ code: 'RESAMPLES_DISAGREE', what, message }];
    }
  }
  return [];
}

function isNear(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

function describe(value: number | null | undefined): string {
  return value === null || value === undefined ? 'none' : String(value);
}
