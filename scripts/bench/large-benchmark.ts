import { smallBenchmark } from '../../src/host/conformance/small-benchmark';

export interface LargeBenchmarkSize {
  readonly trials: number;
  readonly seeds: number;
  /** Checkpoints of each training that are scored. */
  readonly checkpoints?: number;
}

const axes = {
  init: ['random', 'imagenet'],
  strategy: ['supervised', 'self-training'],
  fraction: [0.1, 0.2, 0.4, 0.7, 1],
};
const ROWS_PER_AUGMENTATION = 20;

/** A benchmark of at least so many trials, with as many augmentations as that takes. */
export function largeBenchmark({ trials, seeds, checkpoints = 1 }: LargeBenchmarkSize) {
  const variants = Math.ceil(trials / seeds / ROWS_PER_AUGMENTATION);
  const augmentation = Array.from({ length: variants }, (_, index) => ({
    use: 's4',
    name: `s4-${index + 1}`,
    options: { magnitude: (10 * (index + 1)) / variants },
  }));
  return {
    ...smallBenchmark,
    name: 'large',
    title: 'A large matrix',
    axes: { ...axes, augmentation, seed: Array.from({ length: seeds }, (_, seed) => seed) },
    evaluation: { checkpoints },
  };
}
