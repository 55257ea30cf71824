import {
  type ClaimResult,
  type CostRatioTest,
  testClaims,
  LEVEL,
  type Verdict,
} from '../../statistics/claims/claims';
import {
  formatInterval,
  formatLevels,
  formatP,
  reasonsOf,
  signed,
  formatTest,
} from '../../statistics/claims/format-claims';
import { type Effect, estimateEffects, type IdentifiedEffect } from '../../statistics/effects/effects';
import { claimsOfBenchmark, gridOfBenchmark } from '../model/effects-benchmark';
import type { Grid, Levels, MissingCell } from '../../statistics/effects/grid';
import { type Profile, profileOf } from '../../statistics/effects/profile';
import { missingCells, nameOfEffect, noiseOf } from '../../statistics/effects/format-effects';
import { referenceOfBenchmark } from '../model/reference';
import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import type { BenchmarkResults } from '../../results/database/records';
import { chartOf } from '../charts/chart';
import { interactionPlot } from '../charts/interaction-plot';
import { type ForestRow, forestHeight, forestPlot } from '../charts/forest-plot';
import { controlSeries, seriesColour, seriesName, seriesShape, shapePaths } from '../charts/marks';
import { strategySeries, type StrategySeries } from '../charts/strategy-series';
import { formatShare } from '../../core/text/units';
import { type Cell, type Column, table } from '../templates/table';
import { claimReferenceView, type ReferenceInput, referenceView } from './reference-view';

/** A sign beside the word, so that colour is not the only one. */
const signs: Readonly<Record<Verdict, string>> = { supported: '✓', refuted: '✕', undecided: '?' };

/** What to plot: the horizontal axis first. The paper's own figures lead. */
const plotted = [
  ['augmentation', 'init'],
  ['fraction', 'strategy'],
  ['fraction', 'init'],
  ['augmentation', 'strategy'],
  ['fraction', 'augmentation'],
  ['strategy', 'init'],
] as const;

/**
 * The page "Effects and claims" of a benchmark.
 *
 * @param ownScore AP of a cell, in the order of the grid's axes, for what is set beside a reference
 */
export async function effectsView(
  benchmark: BenchmarkResults,
  testCost?: CostRatioTest,
  ownScore: ReferenceInput['ownScore'] = () => undefined,
) {
  const grid = gridOfBenchmark(benchmark);
  const reference = referenceOfBenchmark(benchmark);
  const published = reference && { reference, grid, ownScore, levelText };
  const claims = testClaims(claimsOfBenchmark(benchmark), grid, testCost);
  const effects = estimateEffects(grid);
  const families = [...new Set(effects.map(({ family }) => family))];
  const count = (verdict: Verdict) => claims.filter((claim) => claim.verdict === verdict).length;
  return {
    title: benchmark.title,
    counts: (Object.keys(signs) as Verdict[]).map((verdict) => ({
      verdict,
      sign: signs[verdict],
      count: count(verdict),
    })),
    claims: claims.map((claim) => claimView(claim, published)),
    claimChart: await claimChart(claims),
    effectChart: await effectChart(effects),
    reference: published && (await referenceView(published)),
    plots: await plots(grid, strategySeries(benchmark)),
    confidence: `${100 * CONFIDENCE}\u202f%`,
    level: LEVEL.toFixed(2),
    families: families.map((family, index) => ({
      family,
      table: effectsTable(
        family,
        effects.filter((effect) => effect.family === family),
        `family-${index}`,
      ),
    })),
    missing: missingCells(effects).map(missingView),
  };
}

function claimView(result: ClaimResult, published: ReferenceInput | undefined) {
  const { claim, verdict, decisive, missing } = result;
  return {
    id: claim.id,
    text: claim.text,
    source: claim.source,
    verdict,
    sign: signs[verdict],
    test: formatTest(claim),
    effect: decisive === undefined ? undefined : signed(decisive.estimate),
    interval: decisive?.interval && formatInterval(decisive.interval),
    reasons: reasonsOf(result),
    missing: missing.map(missingView),
    reference: published && claimReferenceView(claim, published, levelsText),
  };
}

/** An effect that no context shows has one text instead of numbers. */
function effectsTable(family: string, effects: readonly Effect[], headingId: string) {
  const column = (
    name: string,
    cell: (effect: IdentifiedEffect) => Cell | string | number,
  ): Column<Effect> => ({
    name,
    isNumber: true,
    cell: (effect) => (effect.status === 'unidentified' ? '' : cell(effect)),
  });
  const estimate = column('AP', ({ estimate: value, interval }) => ({
    text: signed(value),
    value,
    className: 'main',
    values: interval && { 'AP low': interval[0], 'AP high': interval[1] },
  }));
  return table({
    title: `Effects: ${family}`,
    headingId,
    attributes: { class: 'effects' },
    rows: effects,
    columns: [
      {
        name: family.includes('×') ? 'Interaction' : 'Effect',
        isHeader: true,
        cell: ({ steps }) => nameOfEffect(steps),
      },
      {
        ...estimate,
        cell: (effect) =>
          effect.status === 'unidentified'
            ? {
                text: `not identified: none of ${effect.leftOut.length} contexts has all its cells`,
                className: 'meta',
                span: 6,
              }
            : estimate.cell(effect),
      },
      column('Interval', ({ interval }) => formatInterval(interval)),
      column('p', ({ p }) => ({ text: formatP(p), value: p ?? null })),
      column('Sets', ({ used, leftOut }) => `${used.length} of ${used.length + leftOut.length}`),
      column('Seeds', ({ seeds }) => seeds.length),
      { ...column('Noise in it', noiseOf), isNumber: false },
    ],
  });
}

const missingView = ({ cell, reason }: MissingCell) => ({ cell: levelsText(cell), reason });

function levelsText(levels: Levels): string {
  return formatLevels(
    Object.fromEntries(Object.entries(levels).map(([axis, level]) => [axis, levelText(axis, level)])),
  );
}

/** Fractions as the other pages write them. */
function levelText(axis: string, level: string): string {
  return axis === 'fraction' ? formatShare(Number(level)) : level;
}

const verdictColours = { supported: 'good', refuted: 'bad', undecided: 'ink-soft' } as const;

/** The decisive difference of each claim. */
function claimChart(claims: readonly ClaimResult[]) {
  const rows = claims.flatMap(({ claim, verdict, decisive }): ForestRow[] =>
    decisive === undefined
      ? []
      : [{ ...decisive, label: `${signs[verdict]} ${claim.text}`, colour: verdictColours[verdict] }],
  );
  return forestChart('Claims, the decisive difference of each', rows);
}

/** Main effects; interactions are in the tables. */
function effectChart(effects: readonly Effect[]) {
  const rows = effects.flatMap((effect): ForestRow[] =>
    effect.status === 'unidentified' || effect.steps.length > 1
      ? []
      : [{ ...effect, label: `${effect.family}: ${nameOfEffect(effect.steps)}`, colour: 'ink' }],
  );
  return forestChart('Main effects', rows);
}

async function forestChart(title: string, rows: readonly ForestRow[]) {
  const height = (isNarrow: boolean) => forestHeight(rows.length, isNarrow);
  return rows.length === 0
    ? undefined
    : chartOf(title, [860, height(false)], (drawing) => forestPlot(rows, drawing), [358, height(true)]);
}

async function plots(grid: Grid, strategies: StrategySeries) {
  const profiles = plotted
    .filter((pair) =>
      pair.every((axis) => (grid.axes.find(({ name }) => name === axis)?.levels.length ?? 0) > 1),
    )
    .flatMap(([x, line]) => profileOf(grid, x, line) ?? [])
    .filter(({ points }) => points.length > 1);
  return Promise.all(
    profiles.map(async (profile) => {
      const { x, line } = profile;
      // The levels that stand for controls are on no axis of the file.
      const seriesOf = (level: string) => strategies.get(level) ?? controlSeries;
      const options = {
        tick: (level: string) => levelText(x.name, level),
        series: (level: string) => line.levels.indexOf(level),
        ...(line.name === 'strategy' && { colour: (level: string) => seriesColour(seriesOf(level)) }),
      };
      return {
        title: `${x.name} × ${line.name}`,
        chart: await chartOf(`AP by ${x.name} and ${line.name}`, [420, 270], (drawing) =>
          interactionPlot(profile, { ...options, ...drawing }),
        ),
        caption: captionOf(profile),
        legend: line.levels
          .filter((level) => profile.points.some((point) => point.line === level))
          .map((level) => ({
            name: levelText(line.name, level),
            series: line.name === 'strategy' ? seriesName(seriesOf(level)) : undefined,
            path: shapePaths[seriesShape(line.levels.indexOf(level))],
          })),
      };
    }),
  );
}

function captionOf({ contexts, seeds }: Profile): string {
  const over =
    contexts.length === 1
      ? `at ${levelsText(contexts[0]!)}`
      : `means over ${contexts.length} contexts of the other axes`;
  return `AP in percent, ${over}; ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`}, ${100 * CONFIDENCE}\u202f% intervals of each point.`;
}
