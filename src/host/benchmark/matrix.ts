import { isAmong } from './cells';
import type { TrialAxes } from '../../core/plan/axes';
import type { Benchmark } from './spec';

/** All points of the matrix to run, seeds outermost: a benchmark stopped half-way has finished whole seeds. */
export function trialsOf(benchmark: Benchmark): TrialAxes[] {
  const { init, augmentation, strategy, fraction, length, seed } = benchmark.axes;
  const { cells } = benchmark;
  const all = seed.flatMap((seedValue) =>
    fraction.flatMap((fractionValue) =>
      augmentation.flatMap((augmentationEntry) =>
        init.flatMap((initEntry) =>
          strategy.flatMap((strategyEntry) =>
            length.map((lengthValue) => ({
              init: initEntry.name,
              augmentation: augmentationEntry.name,
              strategy: strategyEntry.name,
              fraction: fractionValue,
              length: lengthValue,
              seed: seedValue,
            })),
          ),
        ),
      ),
    ),
  );
  return cells === undefined ? all : all.filter((axes) => isAmong(axes, cells));
}
