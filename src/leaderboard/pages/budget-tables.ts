import { metricUnit } from '../../core/cost/metrics';
import { costToTarget, type CostToTarget } from '../../statistics/cost/cost-to-target';
import { type ColumnUnit, formatProbability, formatScore, formatShare, noValue } from '../../core/text/units';
import type { BudgetAnswer, BudgetMap, BudgetCandidate, Purchase } from '../model/budget';
import type { LeaderboardModel } from '../model/leaderboard';
import type { PlainNames } from '../model/plain-names';
import type { TrialCurves } from '../model/trial-curves';
import { unitOfValues } from './cost-view';
import { slug } from '../templates/site-paths';
import { type Cell, type Table, table } from '../templates/table';
import { scoreCell } from './cells';

/** Ties that are named; of the others the number is given. */
const NAMED_TIES = 4;
/** Rows of the table of costs to a target. */
const TARGET_ROWS = 100;

/** A line for each answer, the largest fraction and the least budget first; scripts read lines by `data-from` and `data-to`. */
export function winnersTable(
  { answers, budgets, count }: BudgetMap,
  text: (budget: number) => string,
  names: PlainNames,
): Table {
  return table({
    title: `Winners by budget, ${count}`,
    attributes: { class: 'winners' },
    rows: answers.toSorted((a, b) => b.fraction - a.fraction || a.from - b.from),
    rowAttributes: ({ from, to }) => ({ 'data-from': from, 'data-to': to }),
    columns: [
      {
        name: 'Labelled',
        isNumber: true,
        cell: ({ fraction }) => ({ text: formatShare(fraction), value: fraction }),
      },
      { name: 'Budget', cell: (answer) => budgetCell(answer, budgets, text) },
      {
        name: 'Winner',
        isHeader: true,
        cell: ({ winner: { purchase } }) => ({
          text: names.recipe(purchase.row),
          href: hrefOf(purchase),
          notes: [stoppedText(purchase)],
        }),
      },
      {
        name: 'AP',
        isNumber: true,
        className: 'main',
        cell: ({ winner: { purchase } }) => scoreCell(purchase.AP, purchase.interval, 'AP'),
      },
      { name: 'Best', isNumber: true, cell: bestCell },
      {
        name: 'Not significantly worse',
        className: 'ties',
        partial: 'ties',
        cell: (answer) => tiesCell(answer, names),
      },
    ],
  });
}

function budgetCell(
  { from, to }: BudgetAnswer,
  budgets: readonly number[],
  text: (budget: number) => string,
): Cell {
  const until = budgets[to];
  return {
    text: until === undefined ? `from ${text(budgets[from]!)}` : `${text(budgets[from]!)} to ${text(until)}`,
    values: { 'budget from': budgets[from]!, 'budget to': until ?? null },
  };
}

function bestCell({ winner: { share }, candidates }: BudgetAnswer): Cell {
  if (candidates === 1) return { text: 'alone' };
  return share === undefined ? { text: 'not known' } : { text: formatProbability(share), value: share };
}

function tiesCell({ winner, candidates, ties }: BudgetAnswer, names: PlainNames): Cell {
  if (ties.length === 0) return { text: winner.share === undefined && candidates > 1 ? 'not known' : 'none' };
  const named = ties.slice(0, NAMED_TIES);
  const more = ties.length - named.length;
  return {
    text: [
      ...named.map((tie) => `${names.recipe(tie.purchase.row)}${tieText(tie)}`),
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join('; '),
    view: {
      ties: named.map((tie) => ({
        href: hrefOf(tie.purchase),
        name: names.recipe(tie.purchase.row),
        rest: tieText(tie),
      })),
      more,
    },
  };
}

function tieText({ purchase, share }: BudgetCandidate): string {
  const stopped = stoppedText(purchase);
  const best = share === undefined ? '' : `, best with ${formatProbability(share)}`;
  return `${stopped && `, ${stopped}`} (AP ${formatScore(purchase.AP)}${best})`;
}

const hrefOf = ({ row }: Purchase) => `trials/${slug(row.trials[0]!.record.id)}.html`;

const stoppedText = ({ stopped }: Purchase) =>
  stopped === undefined ? '' : `stopped at step ${stopped.step} of its ${stopped.stage}`;

/** Cost of reaching some round APs, for the best rows. */
export function targetTables(
  maps: readonly BudgetMap[],
  { rows, factors }: LeaderboardModel,
  curves: TrialCurves,
  names: PlainNames,
) {
  const ranked = rows.filter((row) => row.rank !== undefined);
  const scored = ranked.slice(0, TARGET_ROWS);
  const targets = roundTargets(scored.map(({ scores }) => scores.AP!.mean));
  return maps.map(({ count, policy, metric }) => {
    const lines = scored.map((row) => {
      const own = curves.curvesOf(row, metric, policy);
      return { row, costs: targets.map((target) => costToTarget(own, target)) };
    });
    const known = lines.flatMap(({ costs }) => costs.flatMap(({ mean }) => mean ?? []));
    const unit = metricUnit(metric, known, factors.currency);
    return {
      count,
      left: ranked.length - scored.length,
      table: table({
        title: `Cost of reaching an AP, ${count}`,
        attributes: { id: `targets-${count}`, 'data-sortable': true },
        rows: lines,
        columns: [
          {
            name: 'Row',
            isHeader: true,
            cell: ({ row }) => ({
              text: names.row(row),
              href: hrefOf({ row } as Purchase),
            }),
          },
          ...targets.map((target, index) => ({
            name: `AP ${formatScore(target).replace(/\.0$/, '')}`,
            unit: unit.label,
            valueUnit: unitOfValues(metric, factors.currency),
            isNumber: true,
            sort: 'up' as const,
            cell: ({ costs }: (typeof lines)[number]) => targetCell(costs[index]!, unit),
          })),
        ],
      }),
    };
  });
}

/** A run that never reached the target for good bounds its cost from below; it is not left out. */
function targetCell({ relation, mean, reached, runs }: CostToTarget, unit: ColumnUnit): Cell {
  if (relation === 'unknown' || mean === null) return { text: noValue, sort: '' };
  const isBound = relation === 'atLeast';
  return {
    text: `${isBound ? '>\u202f' : ''}${unit.format(mean)}`,
    // A bound stays a text; it sorts after all that reached the target.
    ...(isBound ? { className: 'bound', value: `> ${mean}` } : { value: mean }),
    sort: isBound ? '' : Number(mean.toPrecision(6)),
    notes: [runs.length > 1 && isBound ? `${reached} of ${runs.length} seeds reach it` : ''],
  };
}

/** Up to five round scores that some rows reach and others do not. */
function roundTargets(scores: readonly number[]): number[] {
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  const step =
    [0.01, 0.02, 0.05, 0.1, 0.2].find((size) => Math.floor(most / size) - Math.floor(least / size) <= 5) ??
    0.2;
  const top = Math.floor(most / step + 1e-9);
  return Array.from({ length: 5 }, (_, index) => Number(((top - 4 + index) * step).toFixed(4))).filter(
    (target) => target > 0,
  );
}
