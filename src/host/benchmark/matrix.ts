import { isAmong } from './cells';
import type { TrialAxes } from '../../core/plan/plan';
import type { Benchmark } from './spec';

/** All points of the matrix to run, seeds outermost: a benchmark stopped half-way has finished whole seeds. */
export function trialsOf(benchmark: Benchmark): TrialAxes[] {
  const { init, augmentation, strategy, fraction, seed } = benchmark.axes;
  const { cells } = benchmark;
  const all = seed.flatMap((seedValue) =>
    fraction.flatMap((fractionValue) =>
      augmentation.flatMap((augmentationEntry) =>
        init.flatMap((initEntry) =>
          strategy.map((strategyEntry) => ({
            init: initEntry.name,
            augmentation: augmentationEntry.name,
            strategy: strategyEntry.name,
            fraction: fractionValue,
            seed: seedValue,
          })),
        ),
      ),
    ),
  );
  return cells === undefined ? all : all.filter((axes) => isAmong(axes, cells));
}

/** A trial's id: its selector, which can be pasted after `--only`. */
export function trialId(axes: TrialAxes): string {
  return `init=${axes.init},augmentation=${axes.augmentation},strategy=${axes.strategy},fraction=${axes.fraction},seed=${axes.seed}`;
}
