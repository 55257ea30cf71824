import { shareOf, viewsOf, type PlannedStage } from './stage';

/** A forward and a backward pass cost about three forward passes (the backward one two). */
const TRAINING_PASSES = 3;
/** Images of an inference stage whose data set was not counted; only its ratio to training stages matters. */
const UNCOUNTED_IMAGES = 1000;
const SMALL_STAGE = 1e6;

/**
 * Expected work of a stage: pixels that pass through the network, forward passes. Good for comparing stages of one
 * detector; seconds come from measured speed (`Estimator`).
 *
 * @param imageCountOf how many images a selection of that role has, where known
 */
export function workOf(
  stage: PlannedStage,
  imageCountOf: (role: string) => number | undefined = () => undefined,
): number {
  switch (stage.kind) {
    case 'train': {
      const { schedule, detector, data } = stage.parameters;
      const shares = data.reduce((sum, { share, head }) => sum + share * viewsOf(head.type), 0);
      return TRAINING_PASSES * schedule.steps * schedule.batch * shares * detector.size ** 2;
    }
    case 'pseudo-label':
    case 'pseudo-class':
    case 'detect': {
      const { images, detector } = stage.parameters;
      const rule = stage.kind === 'pseudo-label' ? stage.parameters.scoreThreshold : undefined;
      const selections = typeof rule === 'object' ? [images, rule.images] : [images];
      const count = selections.reduce(
        (sum, selection) => sum + (imageCountOf(selection.role) ?? UNCOUNTED_IMAGES) * shareOf(selection),
        0,
      );
      return Math.max(1, count) * detector.size ** 2;
    }
    case 'probe': {
      const { images, detector, measure, most } = stage.parameters;
      const count = imageCountOf(images.role) ?? UNCOUNTED_IMAGES;
      const looked = Math.min(most, count * (1 - images.fraction));
      const trained = measure === 'linear-probe' ? Math.min(most, count * images.fraction) : 0;
      return Math.max(1, looked + trained) * detector.size ** 2;
    }
    case 'custom':
      return TRAINING_PASSES * UNCOUNTED_IMAGES * SMALL_STAGE;
    case 'evaluate':
    case 'checkpoint':
      return SMALL_STAGE;
  }
}
