import { Command, Option } from 'nest-commander';
import { RethinkError } from '../../contract';
import { type Ruler, rulers } from '../../cost/curves';
import type { CostRatio } from '../../cost/cost-ratio';
import type { CostToTarget } from '../../cost/cost-to-target';
import { costPolicies } from '../../cost/lineage';
import { suggest } from '../../did-you-mean';
import { comparedAxes, costComparison, type CostQuestion } from '../../report/model/cost-comparison';
import { type BoardRow, buildLeaderboard, type LeaderboardModel } from '../../report/model/leaderboard';
import { TrialCurves } from '../../report/model/trial-curves';
import { formatFlops, formatSeconds, noValue } from '../../report/model/units';
import { print, printJson } from '../output';
import { readExistingResults, ResultsAccess } from '../results-access';
import { type CommonOptions, RethinkCommand } from '../rethink-command';
import { table } from '../table';
import { percent } from '../trial-table';

interface CostOptions extends CommonOptions {
  target?: string;
  ruler?: string;
  policy?: string;
  compare?: string;
}

@Command({
  name: 'cost',
  arguments: '<benchmark>',
  description:
    'what reaching a target AP costs each row, and how many times less than the first row of an axis',
})
export class CostCommand extends RethinkCommand<CostOptions> {
  protected override readonly examples = [
    'cost quickstart --target 0.3',
    'cost quickstart --target 0.3 --ruler deviceSeconds --policy amortised --compare init --json',
  ];

  constructor(private readonly results: ResultsAccess) {
    super();
  }

  protected async execute([name]: string[], options: CostOptions): Promise<void> {
    if (name === undefined) {
      throw new RethinkError('USAGE', 'no benchmark was named', {
        hint: 'for instance: cost quickstart --target 0.3',
      });
    }
    const question: CostQuestion = {
      target: parseTarget(options.target),
      ruler: oneOf('--ruler', options.ruler ?? 'flops', rulers),
      policy: oneOf('--policy', options.policy ?? 'full', costPolicies),
      compare: oneOf('--compare', options.compare ?? 'init', comparedAxes),
    };
    const { benchmarks } = await readExistingResults(this.results, this.configuration(), name);
    const model = buildLeaderboard(benchmarks[0]!);
    requireCurves(model, question);
    if (options.json === true) return printJson(forPrograms(model, question));
    print(forPeople(model, question));
  }

  @Option({ flags: '--target <AP>', description: 'AP to be reached and kept, in (0, 1]: 0.3 is 30 %' })
  parseTargetOption(value: string): string {
    return value;
  }

  @Option({ flags: '--ruler <name>', description: `${rulers.join(', ')} (default: flops)` })
  parseRuler(value: string): string {
    return value;
  }

  @Option({ flags: '--policy <name>', description: `${costPolicies.join(', ')} (default: full)` })
  parsePolicy(value: string): string {
    return value;
  }

  @Option({ flags: '--compare <axis>', description: `${comparedAxes.join(', ')} (default: init)` })
  parseCompare(value: string): string {
    return value;
  }
}

function parseTarget(text: string | undefined): number {
  const target = Number(text);
  if (text !== undefined && target > 0 && target <= 1) return target;
  throw new RethinkError('USAGE', text === undefined ? '--target is missing' : `--target ${text} is no AP`, {
    place: { path: '--target' },
    hint:
      target > 1 && target <= 100
        ? `AP lies in (0, 1]: ${text} % is ${target / 100}`
        : 'an AP in (0, 1], for instance 0.3',
  });
}

function oneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new RethinkError('USAGE', `${flag} ${value} is not known`, {
    place: { path: flag },
    hint: suggest(value, known),
  });
}

function requireCurves(model: LeaderboardModel, { ruler, policy }: CostQuestion): void {
  const curves = new TrialCurves(model.benchmark);
  if (model.rows.some((row) => curves.curvesOf(row, ruler, policy).length > 0)) return;
  const isScoredOnTheWay = model.benchmark.trials.some(({ points }) => points !== undefined);
  const hasCurves = model.trials.some((trial) => curves.pointsOf(trial).length > 0);
  const file = model.benchmark.file;
  throw hasCurves
    ? new RethinkError('CURVES_RULER', `no trial's cost is known in ${ruler}`, {
        hint: 'choose another --ruler',
      })
    : isScoredOnTheWay
      ? new RethinkError('CURVES_PENDING', 'no trial is done yet with all points of its curve', {
          hint: `npm run -s rethink -- run ${file}`,
        })
      : new RethinkError('CURVES_ABSENT', 'this benchmark was scored at the end of its trainings only', {
          hint: `write "evaluation: { points: 5 }" into ${file} and run it again`,
        });
}

/** An amount on a ruler with its unit. */
function formatAmount(value: number, ruler: Ruler): string {
  switch (ruler) {
    case 'flops':
      return formatFlops(value);
    case 'deviceSeconds':
    case 'wallSeconds':
      return formatSeconds(value);
    case 'energyJ':
      return `${value.toPrecision(3)} J`;
    case 'money':
      return value.toPrecision(3);
  }
}

const signs = { exact: '', atLeast: '≥ ', atMost: '≤ ', unknown: '' } as const;

function costText({ relation, mean }: CostToTarget, ruler: Ruler): string {
  return mean === null ? noValue : `${signs[relation]}${formatAmount(mean, ruler)}`;
}

function ratioText({ relation, ratio }: CostRatio): string {
  return ratio === null ? 'unknown' : `${signs[relation]}${ratio.toFixed(2)} ×`;
}

function intervalText({ interval }: CostRatio): string {
  if (interval === null) return '';
  const end = (value: number) => (value === Infinity ? '∞' : value.toFixed(2));
  return `${end(interval.low)} … ${end(interval.high)}`;
}

function forPeople(model: LeaderboardModel, question: CostQuestion): string {
  const { target, ruler, policy, compare } = question;
  const { rows, ratios } = costComparison(model, question);
  const cells = ({ axes }: BoardRow) => [axes.init, axes.augmentation, axes.strategy, axes.fraction];
  const rest = comparedAxes.filter((axis) => axis !== compare);
  const parts = [
    `${model.benchmark.name}: cost to reach AP ${percent(target)} and stay there (${ruler}, ${policy})`,
    table(
      ['INIT', 'AUGMENTATION', 'STRATEGY', 'FRACTION', 'REACHED', 'COST', 'FINAL AP'],
      rows.map(({ row, cost }) => [
        ...cells(row),
        `${cost.reached} of ${cost.runs.length}`,
        costText(cost, ruler),
        percent(row.scores.AP?.mean),
      ]),
    ),
  ];
  if (ratios.length > 0) {
    parts.push(
      `How many times the cost of each other ${compare} does ${compare}=${ratios[0]!.first.axes[compare]} need?`,
      table(
        [
          compare.toUpperCase(),
          ...rest.map((axis) => axis.toUpperCase()),
          'FRACTION',
          'RATIO',
          '95 % INTERVAL',
        ],
        ratios.map(({ second, ratio }) => [
          second.axes[compare],
          ...rest.map((axis) => second.axes[axis]),
          second.axes.fraction,
          ratioText(ratio),
          intervalText(ratio),
        ]),
      ),
    );
    if (ratios.every(({ ratio }) => ratio.interval === null)) {
      parts.push('No intervals: they need at least two seeds on both sides.');
    }
  }
  parts.push(
    '≥ and ≤: some runs never reached the target, so that their cost is only known to be more than they took. Between two scored points AP is taken to rise linearly.',
  );
  return parts.join('\n\n');
}

function forPrograms(model: LeaderboardModel, question: CostQuestion) {
  const { rows, ratios } = costComparison(model, question);
  const curves = new TrialCurves(model.benchmark);
  return {
    benchmark: model.benchmark.name,
    ...question,
    rows: rows.map(({ row, cost: { target: _, ...cost } }) => ({
      ...row.axes,
      ...cost,
      curves: curves.curvesOf(row, question.ruler, question.policy),
    })),
    // Ends of an interval that are open are null.
    ratios: ratios.map(({ first, second, ratio: { target: _, ...ratio } }) => ({
      ...ratio,
      first: { ...first.axes, ...ratio.first },
      second: { ...second.axes, ...ratio.second },
    })),
  };
}
