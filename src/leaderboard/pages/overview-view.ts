import { z } from 'zod';
import type { BenchmarkResults } from '../../results/database/records';
import { formatCount, formatShare } from '../../core/text/units';
import { bibtex } from '../export/citation';
import type { LeaderboardModel } from '../model/leaderboard';
import { benchmarkFolder } from '../templates/site-paths';
import { license } from '../../../package.json';
import type { effectsView } from './effects-view';
import type { leaderboardView } from './leaderboard-view';

/** Results in words that the overview shows of its main benchmark. */
const MAIN_FINDINGS = 4;

/** What the overview takes from a benchmark's own pages. */
export interface BenchmarkSummary {
  readonly model: LeaderboardModel;
  readonly leaderboard: Awaited<ReturnType<typeof leaderboardView>>;
  readonly verdicts: Awaited<ReturnType<typeof effectsView>>['counts'];
}

/** The first page: the main benchmark's results and picture, and a card for each benchmark. */
export function overviewView(summaries: readonly BenchmarkSummary[]) {
  const decided = ({ verdicts }: BenchmarkSummary) =>
    verdicts.reduce((sum, { verdict, count }) => sum + (verdict === 'undecided' ? 0 : count), 0);
  // The newest of those with the most decided claims.
  const main = summaries.reduce((best, each) => (decided(each) > decided(best) ? each : best));
  const { benchmark } = main.model;
  const findings = main.leaderboard.overview;
  return {
    summary: findings[0] ?? benchmark.description,
    main: {
      title: benchmark.title,
      href: `${benchmarkFolder(benchmark.name)}/index.html`,
      budgetHref: `${benchmarkFolder(benchmark.name)}/budget.html`,
      findings: findings.slice(0, MAIN_FINDINGS),
      plot: main.leaderboard.plots[0],
      unit: main.leaderboard.plots[0]?.id,
    },
    legend: main.leaderboard.legend,
    hasIntervals: main.leaderboard.hasIntervals,
    severalSeeds: main.leaderboard.severalSeeds,
    severalLengths: main.leaderboard.severalLengths,
    confidence: main.leaderboard.confidence,
    cards: summaries.map(cardOf),
    license,
    file: benchmark.file,
    bibtex: bibtex(benchmark),
  };
}

const resolvedParts = z.looseObject({
  dataset: z.looseObject({}).optional(),
  detector: z
    .looseObject({ size: z.number().optional(), backbone: z.looseObject({ type: z.string() }).optional() })
    .optional(),
});

/** A benchmark in a few facts, each of what was recorded. */
function cardOf({ model, leaderboard, verdicts }: BenchmarkSummary) {
  const { benchmark, counts, seeds } = model;
  const home = benchmarkFolder(benchmark.name);
  const resolved = resolvedParts.safeParse(benchmark.resolved).data;
  const detector = resolved?.detector;
  const machines = benchmark.stages.flatMap(({ environmentId }) => {
    const facts = benchmark.environments[environmentId ?? ''];
    return facts === undefined ? [] : (facts.gpu ?? `${facts.cpu}, ${facts.cores} cores`);
  });
  const fractions = [...new Set(benchmark.trials.map(({ axes }) => axes.fraction))].sort((a, b) => a - b);
  const facts: (readonly [name: string, value: string | undefined])[] = [
    ['Data', dataText(benchmark, resolved?.dataset)],
    ['Labelled', fractions.map(formatShare).join(', ')],
    [
      'Detector',
      detector &&
        [detector.backbone?.type, detector.size && `${detector.size} px`].filter(Boolean).join(', '),
    ],
    ['Trials', `${formatCount(counts.done)} of ${formatCount(benchmark.trials.length)} done`],
    ['Seeds', seeds > 1 ? `up to ${seeds} for each row` : '1 for each row'],
    ['Machine', [...new Set(machines)].join('; ')],
    ['Results of', leaderboard.updated.slice(0, 10)],
  ];
  return {
    title: benchmark.title,
    name: benchmark.name,
    description: benchmark.description,
    href: `${home}/index.html`,
    claimsHref: `${home}/effects.html`,
    rows: facts.flatMap(([name, value]) => (value ? [{ name, value }] : [])),
    verdicts: verdicts.filter(({ count }) => count > 0),
  };
}

function dataText({ trials, stages }: BenchmarkResults, dataset: object | undefined): string | undefined {
  const images = (role: string) => Math.max(0, ...stages.map(({ imageCounts }) => imageCounts?.[role] ?? 0));
  const scored = Math.max(0, ...trials.map(({ metrics }) => metrics?.counts?.images ?? 0));
  const categories = Math.max(
    0,
    ...trials.map(({ metrics }) => Object.keys(metrics?.perCategory ?? {}).length),
  );
  const parts = [
    dataset !== undefined && 'scenes' in dataset ? 'generated scenes' : 'COCO files',
    categories > 0 && `${categories} ${categories === 1 ? 'category' : 'categories'}`,
    images('labelled') > 0 && `${formatCount(images('labelled'))} labelled images`,
    images('unlabelled') > 0 && `${formatCount(images('unlabelled'))} unlabelled`,
    scored > 0 && `${formatCount(scored)} to score`,
  ];
  return parts.filter(Boolean).join(', ');
}
