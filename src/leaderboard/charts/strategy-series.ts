import type { BenchmarkResults } from '../../results/database/records';
import { controlSeries, seriesName } from './marks';
import { axisNames } from '../model/axis-names';

/** Series of each strategy by name: its place among the strategies of the benchmark file, one and the same for all controls. */
export type StrategySeries = ReadonlyMap<string, number>;

export function strategySeries({ resolved, trials }: BenchmarkResults): StrategySeries {
  const controls = new Set(
    trials.filter(({ control }) => control !== undefined).map(({ axes }) => axes.strategy),
  );
  const names = axisNames(resolved, trials, 'strategy');
  const own = names.filter((name) => !controls.has(name));
  return new Map(names.map((name) => [name, controls.has(name) ? controlSeries : own.indexOf(name)]));
}

/** Legend of the strategies that a plot shows; controls stand in it once. */
export function strategyLegend(series: StrategySeries, isShown: (name: string) => boolean) {
  const shown = [...series].filter(([name]) => isShown(name));
  const own = shown.filter(([, place]) => place !== controlSeries);
  return [
    ...own.map(([name, place]) => ({ name, series: seriesName(place) })),
    ...(own.length < shown.length
      ? [{ name: 'compute-matched control', series: seriesName(controlSeries) }]
      : []),
  ];
}
