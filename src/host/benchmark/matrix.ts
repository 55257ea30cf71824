import { isAmong } from './cells';
import type { TrialAxes } from '../../core/plan/plan';
import type { Benchmark } from './spec';

/** Every point of the matrix that is to be run, seeds outermost: a benchmark that is stopped half-way has whole seeds behind it. */
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

/** A trial's name: its selector, so that it can be pasted behind `--only`. */
export function trialId(axes: TrialAxes): string {
  return `init=${axes.init},augmentation=${axes.augmentation},strategy=${axes.strategy},fraction=${axes.fraction},seed=${axes.seed}`;
}
