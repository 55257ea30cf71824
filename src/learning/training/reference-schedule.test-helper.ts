import { scheduleSpec, type Schedule } from '../../core/plan/schedule';

/** Learning-rate settings under the reference code's names. */
export interface ReferenceRate {
  type: 'cosine' | 'step';
  init_learning_rate: number;
  warmup_learning_rate: number;
  warmup_steps: number;
  learning_rate_levels?: number[];
  learning_rate_steps?: number[];
}

export function referenceSchedule(rate: ReferenceRate, steps: number): Schedule {
  const levels = rate.learning_rate_levels ?? [];
  return scheduleSpec.parse({
    steps,
    learningRate: rate.init_learning_rate,
    warmupLearningRate: rate.warmup_learning_rate,
    warmupSteps: rate.warmup_steps,
    decay:
      rate.type === 'cosine'
        ? { type: 'cosine' }
        : {
            type: 'step',
            milestones: rate.learning_rate_steps,
            factors: levels.map((level, i) => level / (levels[i - 1] ?? rate.init_learning_rate)),
          },
  });
}
