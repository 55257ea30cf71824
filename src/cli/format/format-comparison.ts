import type { PluginKind } from '../../contract';
import { flopsUnit } from '../../core/text/units';
import type { ComparisonSummary } from '../../host/conformance/compare-plugin';
import { formatP } from '../../statistics/claims/format-claims';
import { table } from '../terminal/table';
import { formatApInterval, signedPercent } from './format-intervals';
import { percent } from './trial-table';

const verdicts = { helps: 'yes', hurts: 'no: it hurts', undecided: 'undecided' } as const;
const notes = { plugin: '', against: '', control: 'supervised, same compute' } as const;

/** A plugin against the closest built-in and the control. */
export function formatComparison(
  { kind, name }: { readonly kind: PluginKind; readonly name: string },
  { detectors, differences, confidence }: ComparisonSummary,
  seeds: number,
): string {
  const level = `${100 * confidence} %`;
  const unit = flopsUnit(detectors.map(({ flops }) => flops));
  return [
    '',
    table(
      [kind.toUpperCase(), 'AP', level, unit.label, ''],
      detectors.map((row) => [
        row.name,
        percent(row.score),
        formatApInterval(row.interval),
        unit.format(row.flops),
        notes[row.part],
      ]),
    ),
    '',
    table(
      ['DOES IT HELP?', 'AP', level, 'P', 'COMPUTE', ''],
      differences.map((row) => [
        `${name} − ${row.to}`,
        signedPercent(row.difference),
        formatApInterval(row.interval),
        formatP(row.p),
        `× ${row.flopsRatio.toFixed(2)}`,
        verdicts[row.verdict],
      ]),
    ),
    '',
    seeds === 1
      ? 'One seed: noise between seeds is not included; try --seeds 3.'
      : `Paired over images and ${seeds} seeds, on the smallest benchmark: a hint, not a claim.`,
  ].join('\n');
}
