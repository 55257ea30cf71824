import { RethinkError } from '../../contract';
import {
  evaluate,
  readAnnotations,
  readDetections,
  resample,
  type Stats,
  type ResampledScore,
} from '../../evaluation';
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

export interface FileComparison {
  score: ResampledScore;
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
}

/**
 * Detectors scored on the same images, compared pair by pair. Files of several detectors at the same place are taken for
 * runs of the same seed.
 *
 * @throws RethinkError `COMPARE_*`, or as `readAnnotations` and `readDetections` do
 */
export function compareFiles(
  annotations: string,
  detectors: readonly NamedDetections[],
  score: ResampledScore = 'AP',
): FileComparison {
  check(detectors);
  const truth = readAnnotations(annotations);
  const area = { AP: 0, AP50: 0, AP75: 0, APs: 1, APm: 2, APl: 3 }[score];
  const rows = detectors.map(({ name, files }): ScoredRow => {
    const runs = files.map((file, seed) => {
      const { records, stats } = evaluate(truth, readDetections(file, truth));
      const value: Stats[ResampledScore] = stats[score];
      if (value === null) {
        throw new RethinkError(
          'COMPARE_NO_TRUTH',
          `The ground truth has no objects to measure ${score} on.`,
          {
            location: { file: annotations },
          },
        );
      }
      return {
        seed,
        score: value,
        resamples: resample(records, resampleWeights(records.imageIds), RESAMPLES, [area])[score],
      };
    });
    return { id: name, runs };
  });
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
  };
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
