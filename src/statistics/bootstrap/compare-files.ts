import { RethinkError } from '../../contract';
import { formatWarning } from '../../core/coco/warning-list';
import { suggest } from '../../core/text/did-you-mean';
import {
  evaluate,
  type EvaluationParameters,
  readAnnotations,
  readDetections,
  resample,
  type ResampledScore,
  type SubsetOptions,
  subsetOf,
} from '../../evaluation';
import { COCO } from '../../evaluation/parameters';
import { precisionDefinitions, type ScoreDefinition, scoreOf } from '../../evaluation/summarise';
import { comparePairs } from './comparisons';
import { resampleWeights } from './image-resamples';
import { type Interval, intervalOf } from './intervals';
import { jointReplicates, type ScoredRow } from './joint-replicates';
import { rankIntervals } from './ranks';
import { CONFIDENCE, replicatesOf, RESAMPLES, type AppliedSeedNoise } from './replicates';

/** A detector with the detections of its runs, one file a seed. */
export interface NamedDetections {
  readonly name: string;
  readonly files: readonly string[];
}

export interface CompareOptions {
  /** Name of a score of `precisionDefinitions`; default AP. */
  readonly score?: string;
  readonly subset?: SubsetOptions;
  readonly parameters?: EvaluationParameters;
  readonly unknownCategories?: 'error' | 'ignore';
}

export interface FileComparison {
  score: string;
  confidence: number;
  resamples: number;
  /** In the order given; `score` is the mean over the files. */
  detectors: {
    name: string;
    files: readonly string[];
    score: number;
    /** Of each file. */
    scores: number[];
    interval: Interval;
    seedNoise: AppliedSeedNoise;
    rank: { low: number; high: number };
  }[];
  /** `first` − `second`. */
  pairs: {
    first: string;
    second: string;
    difference: number;
    interval: Interval;
    p: number;
    /** Corrected for all pairs. */
    simultaneous: Interval;
    adjustedP: number;
  }[];
  /** Odd things in the files, as sentences. */
  warnings: string[];
}

/**
 * Detectors scored on the same images, compared pair by pair. Files of several detectors at the same position are taken for
 * runs of the same seed.
 *
 * @throws RethinkError `COMPARE_*`, `USAGE`, or as `readAnnotations` and `readDetections` do
 */
export function compareFiles(
  annotations: string,
  detectors: readonly NamedDetections[],
  options: CompareOptions = {},
): FileComparison {
  check(detectors);
  const { score = 'AP' } = options;
  const { rows, warnings } = scoreFiles(annotations, detectors, { ...options, score });
  const joint = jointReplicates(rows);
  const comparisons = comparePairs(joint);
  const ranks = rankIntervals(joint, comparisons);
  return {
    score,
    confidence: CONFIDENCE,
    resamples: joint.count,
    detectors: rows.map(({ id, runs }, r) => ({
      name: id,
      files: detectors[r]!.files,
      score: joint.estimates[r]!,
      scores: runs.map((run) => run.score),
      interval: intervalOf(joint.estimates[r]!, replicatesOf(joint, r)),
      seedNoise: joint.seedNoise[r]!,
      rank: { low: ranks[r]!.low, high: ranks[r]!.high },
    })),
    pairs: comparisons.pairs.map(({ first, second, ...pair }) => ({
      first: joint.rows[first]!,
      second: joint.rows[second]!,
      ...pair,
    })),
    warnings,
  };
}

function scoreFiles(
  annotations: string,
  detectors: readonly NamedDetections[],
  options: CompareOptions & { readonly score: string },
): { rows: ScoredRow[]; warnings: string[] } {
  const { score, subset = {}, parameters = COCO } = options;
  const definition = definitionOf(score, parameters);
  const full = readAnnotations(annotations);
  const { truth, take } = subsetOf(full, subset);
  const warnings = truth.warnings.map((warning) => `${annotations}: ${formatWarning(warning)}`);
  const rows = detectors.map(({ name, files }): ScoredRow => {
    const runs = files.map((file, seed) => {
      const evaluation = evaluate(truth, take(readDetections(file, full, options)), { parameters });
      const odd = evaluation.warnings.filter((warning) => !truth.warnings.includes(warning));
      warnings.push(...odd.map((warning) => `${file}: ${formatWarning(warning)}`));
      const { records, accumulated } = evaluation;
      const value = scoreOf(accumulated, definition);
      if (value === null) {
        const message = `The ground truth has no objects to measure ${score} on.`;
        throw new RethinkError('COMPARE_NO_TRUTH', message, { location: { file: annotations } });
      }
      const draw = resampleWeights(records.imageIds);
      const resampled = resample(records, draw, RESAMPLES, [definition.area]);
      return { seed, score: value, resamples: resampled[score as ResampledScore] };
    });
    return { id: name, runs };
  });
  return { rows, warnings };
}

function definitionOf(score: string, parameters: EvaluationParameters): ScoreDefinition {
  const known = precisionDefinitions(parameters);
  const found = known.find(({ name }) => name === score);
  if (found !== undefined) return found;
  const names = known.map(({ name }) => name);
  throw new RethinkError('USAGE', `There is no score "${score}" to compare.`, {
    location: { path: '--score' },
    hint: suggest(score, names),
  });
}

function check(detectors: readonly NamedDetections[]): void {
  if (detectors.length < 2) {
    throw new RethinkError('COMPARE_TOO_FEW', 'A comparison requires at least two detection files.', {
      hint: 'Usage: compare --annotations gt.json a.json b.json',
    });
  }
  const names = detectors.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new RethinkError('COMPARE_TWICE', `"${twice}" is given twice.`, {
      hint: 'Give each a name: compare --annotations gt.json a=first.json b=second.json',
    });
  }
}
