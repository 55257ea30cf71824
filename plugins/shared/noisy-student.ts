import { z } from 'zod';
import {
  type DataHandle,
  type DataShare,
  type StrategyContext,
  type ThresholdRule,
  type TrainedDetector,
} from '../../src/contract';

/** Options of every strategy that lets a teacher label the unlabelled pool for a student. */
export const noisyStudentOptions = z.strictObject({
  scoreThreshold: z
    .union([
      z.number().gt(0).max(1),
      z.strictObject({
        heldOut: z
          .number()
          .gt(0)
          .lt(1)
          .meta({ description: 'share of the labelled images that neither teacher nor student trains on' }),
        precision: z.number().gt(0).max(1).optional().meta({
          description: 'the lowest threshold with this precision; by default the threshold with the best F1',
        }),
      }),
    ])
    .default(0.5)
    .meta({
      description:
        'minimum score at which a detection of the teacher becomes a label; or a rule that chooses it by the teacher’s precision and recall on held-out images',
    }),
  ignoreThreshold: z.number().gt(0).max(1).optional().meta({
    description: 'detections from here up to the score threshold count as neither object nor background',
  }),
  studentFrom: z
    .enum(['teacher', 'init'])
    .default('teacher')
    .meta({ description: 'weights that the student starts from' }),
  rounds: z
    .int()
    .min(1)
    .max(10)
    .default(1)
    .meta({ description: 'each round’s student is the next round’s teacher' }),
  pseudoShare: z
    .number()
    .positive()
    .default(1)
    .meta({ description: 'pseudo-labelled images in a step, as a multiple of the labelled ones' }),
  normaliseLosses: z
    .boolean()
    .default(true)
    .meta({ description: 'balance the losses by their moving averages' }),
  alpha: z.number().positive().default(1).meta({ description: 'weight of the normalised further losses' }),
});
export type NoisyStudentOptions = z.output<typeof noisyStudentOptions>;

/** What teacher and students train on, and the threshold that makes pseudo-labels. */
export function partLabelled(
  { stages, data }: Pick<StrategyContext, 'stages' | 'data'>,
  { scoreThreshold }: Pick<NoisyStudentOptions, 'scoreThreshold'>,
): { readonly labelled: DataHandle; readonly scoreThreshold: number | ThresholdRule } {
  if (typeof scoreThreshold === 'number') return { labelled: data.labelled, scoreThreshold };
  const { heldOut: share, precision } = scoreThreshold;
  const { kept, heldOut } = stages.holdOut(data.labelled, share);
  return { labelled: kept, scoreThreshold: { heldOut, precision } };
}

/**
 * Rounds of pseudo-labelling and student training after the first teacher (Zoph et al. 2020, section 3.2, appendix B).
 * @param further what the student learns from beside labels and pseudo-labels
 */
export function trainStudents(
  { stages, init, augmentation, data }: StrategyContext,
  teacher: TrainedDetector,
  options: NoisyStudentOptions,
  { labelled, scoreThreshold }: ReturnType<typeof partLabelled>,
  further: readonly (DataHandle | DataShare)[] = [],
): TrainedDetector {
  const { ignoreThreshold, studentFrom, rounds, pseudoShare, normaliseLosses, alpha } = options;
  let detector = teacher;
  for (let round = 1; round <= rounds; round++) {
    const pseudo = stages.pseudoLabel({
      detector,
      images: data.unlabelled,
      scoreThreshold,
      ignoreThreshold,
    });
    detector = stages.train({
      from: studentFrom === 'teacher' ? detector : init,
      data: [labelled, { data: pseudo, share: pseudoShare }, ...further],
      augmentation,
      normaliseLosses: normaliseLosses ? { alpha } : false,
      label: rounds === 1 ? 'student' : `student ${round}`,
    });
  }
  return detector;
}
