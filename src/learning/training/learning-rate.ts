import type { Schedule } from '../../core/plan/schedule';

/**
 * Learning rate of a step, counted from 0: a line from `warmupLearningRate` to `learningRate` over `warmupSteps`,
 * then the decay. Cosine ends at 0 with the step after the last; `step` multiplies by each factor whose step is reached.
 * @source tensorflow/tpu, models/official/detection, modeling/learning_rates.py
 */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { learningRate, warmupSteps, warmupLearningRate, decay, steps } = schedule;
  if (step < warmupSteps) {
    return warmupLearningRate + (step / warmupSteps) * (learningRate - warmupLearningRate);
  }
  switch (decay.type) {
    case 'cosine':
      return (learningRate * (Math.cos((Math.PI * (step - warmupSteps)) / (steps - warmupSteps)) + 1)) / 2;
    case 'step':
      return decay.milestones.reduce(
        (rate, milestone, i) => (step >= milestone ? rate * decay.factors[i]! : rate),
        learningRate,
      );
    case 'constant':
      return learningRate;
  }
}
