import { groups } from 'd3-array';
import type { BenchmarkResults } from '../../results/database/records';
import { controlSeries, seriesName } from './marks';
import { namesOnAxis } from '../model/axis-names';

/** Series of each strategy by name: its index among the strategies of the benchmark file; one for all controls. */
export type StrategySeries = ReadonlyMap<string, number>;

export function strategySeries({ resolved, trials }: BenchmarkResults): StrategySeries {
  const strategies = (isControl: boolean) =>
    new Set(
      trials.filter(({ control }) => (control !== undefined) === isControl).map(({ axes }) => axes.strategy),
    );
  // A control is a longer supervised training: it has a series of its own only where no other trial is supervised.
  const others = strategies(false);
  const controls = new Set([...strategies(true)].filter((name) => !others.has(name)));
  const names = namesOnAxis(resolved, trials, 'strategy');
  const own = names.filter((name) => !controls.has(name));
  return new Map(names.map((name) => [name, controls.has(name) ? controlSeries : own.indexOf(name)]));
}

/** Legend of the strategies that a plot shows; controls have one entry. */
export function strategyLegend(series: StrategySeries, isShown: (name: string) => boolean) {
  const shown = [...series].filter(([name]) => isShown(name));
  return groups(shown, ([, index]) => index)
    .sort(([a], [b]) => Number(a === controlSeries) - Number(b === controlSeries))
    .map(([index, own]) => ({
      name: index === controlSeries ? 'supervised, compute-matched' : own[0]![0],
      series: seriesName(index),
      values: own.map(([name]) => name).join(' '),
    }));
}
