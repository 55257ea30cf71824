import { cellAxes, cellId } from '../../core/plan/axes';
import { formatShare } from '../../core/text/units';
import { type Comparison, comparePairs } from '../../statistics/bootstrap/comparisons';
import { signed } from '../../statistics/claims/format-claims';
import type { Interval } from '../../statistics/bootstrap/intervals';
import { namesOnAxis } from './axis-names';
import { type FractionRow, rankByFraction } from './fraction-ranking';
import type { LeaderboardModel, LeaderboardRow } from './leaderboard';
import { PlainNames } from './plain-names';

type Axes = LeaderboardRow['axes'];

/** The ranked methods, no controls, of one labelled fraction, best first. */
interface Methods {
  readonly fraction: number;
  readonly rows: readonly FractionRow[];
}

/**
 * The results of a benchmark in sentences, made by rule, the least labels first: what each strategy adds to the first
 * one, and how it compares with supervised training of the same compute; what each init adds to the first one; the best
 * method of each labelled fraction. Differences have 95 % intervals, paired over images and seeds. Pure.
 */
export function findingsOf(model: LeaderboardModel) {
  const methods = rankByFraction(model)
    .map(({ fraction, rows }) => ({
      fraction,
      rows: rows.filter(({ rank, control }) => rank !== undefined && control === undefined),
    }))
    .filter(({ rows }) => rows.length > 0)
    .reverse();
  const { joint } = model.uncertainty.replicates;
  const difference = (row: LeaderboardRow, other: LeaderboardRow): Comparison | undefined => {
    const pair = [row, other].map(({ axes, uncertainty }) =>
      uncertainty ? joint.rows.indexOf(cellId(axes)) : -1,
    );
    return pair.includes(-1) ? undefined : comparePairs(joint, [[pair[0]!, pair[1]!]]).pairs[0];
  };
  return {
    strategies: methods.flatMap((each) => strategyFindings(model, each, difference)),
    inits: methods.flatMap((each) => initFindings(model, each, difference)),
    best: methods.map((each) => bestFinding(model, each)),
  };
}

type Difference = (row: LeaderboardRow, other: LeaderboardRow) => Comparison | undefined;

/** The best row of each strategy beyond the first, against the first one and against its control. */
function strategyFindings(model: LeaderboardModel, { fraction, rows }: Methods, difference: Difference) {
  const [first, ...others] = namesOnAxis(model.benchmark.resolved, model.benchmark.trials, 'strategy');
  return others.flatMap((strategy): string[] => {
    const row = rows.find(({ axes }) => axes.strategy === strategy);
    if (row === undefined) return [];
    const plain = rows.find(({ axes }) => axes.strategy === first && isEqualBut('strategy', axes, row.axes));
    const { gain } = row;
    const control = gain && model.rows.find(({ axes }) => cellId(axes) === cellId(gain.control));
    const gains = [
      gainText(plain && difference(row, plain), `${first} training`),
      gainText(control && difference(row, control), 'supervised training of the same compute'),
    ].filter((gain) => gain !== undefined);
    if (gains.length === 0) return [];
    const [a, b] = gains;
    const link = a!.isBetter && b?.isBetter === false ? ', but' : ' and';
    return [
      `With ${formatShare(fraction)} of the labels, ${strategy} ${a!.text}${b ? `${link} ${b.text}` : ''}.`,
    ];
  });
}

/** The best row of each init beyond the first under the first strategy, against the first init. */
function initFindings(model: LeaderboardModel, { fraction, rows }: Methods, difference: Difference) {
  const { resolved, trials } = model.benchmark;
  const [first, ...others] = namesOnAxis(resolved, trials, 'init');
  const [strategy] = namesOnAxis(resolved, trials, 'strategy');
  return others.flatMap((init): string[] => {
    const row = rows.find(({ axes }) => axes.init === init && axes.strategy === strategy);
    const plain = row && rows.find(({ axes }) => axes.init === first && isEqualBut('init', axes, row.axes));
    const gain = gainText(plain && difference(row, plain), `training from ${first} weights`);
    return gain === undefined
      ? []
      : [`With ${formatShare(fraction)} of the labels, training from ${init} weights ${gain.text}.`];
  });
}

/** The best method, and the best control where it is better. */
function bestFinding(model: LeaderboardModel, { fraction, rows: [row] }: Methods): string {
  const names = new PlainNames(model.benchmark);
  const control = model.rows.find(
    ({ axes, rank, control: of }) => rank !== undefined && of !== undefined && axes.fraction === fraction,
  );
  const scored = (each: LeaderboardRow) => {
    const interval = each.uncertainty?.intervals.AP;
    const { mean } = each.scores.AP!;
    return `AP ${percent(mean)}${interval ? ` (${percent(interval.low)} to ${percent(interval.high)})` : ''}`;
  };
  const better = control && control.scores.AP!.mean > row!.scores.AP!.mean ? control : undefined;
  return `With ${formatShare(fraction)} of the labels, the best method is ${names.recipe(row!)}: ${scored(row!)}${
    better ? `; ${names.recipe(better)} reaches ${scored(better)}` : ''
  }.`;
}

const isEqualBut = (axis: keyof Axes, a: Axes, b: Axes) =>
  cellAxes.every((each) => each === axis || a[each] === b[each]);

/** A difference as a loss or a gain where its interval excludes 0. */
function gainText(comparison: Comparison | undefined, against: string) {
  if (comparison === undefined) return undefined;
  const { difference, interval } = comparison;
  const isBetter = interval.low > 0;
  if (isBetter)
    return { isBetter, text: `adds ${percent(difference)} AP (${rangeText(interval)}) to ${against}` };
  if (interval.high < 0) {
    const range = rangeText({ low: -interval.high, high: -interval.low });
    return { isBetter, text: `is ${percent(-difference)} AP (${range}) below ${against}` };
  }
  const range = `${points(interval.low)} to ${points(interval.high)}`;
  return {
    isBetter,
    text: `does not differ significantly from ${against} (${points(difference)} AP, ${range})`,
  };
}

const points = (share: number) => signed(100 * share);
const percent = (share: number) => (100 * share).toFixed(1);
const rangeText = ({ low, high }: Interval) => `${percent(low)} to ${percent(high)}`;
