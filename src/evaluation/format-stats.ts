import { table } from '../core/text/text-table';
import { ERROR_TYPES } from './error-types';
import type { ErrorSummary, EvaluationReport } from './metrics-file';
import { type CategoryStats, type Stats } from './summarise';
import { type Band, type BandName } from './tie-band';

const ROWS: readonly [name: keyof Stats, iou: string, area: string, detections: string][] = [
  ['AP', '.50:.95', 'all', '100'],
  ['AP50', '.50', 'all', '100'],
  ['AP75', '.75', 'all', '100'],
  ['APs', '.50:.95', 'small', '100'],
  ['APm', '.50:.95', 'medium', '100'],
  ['APl', '.50:.95', 'large', '100'],
  ['AR1', '.50:.95', 'all', '1'],
  ['AR10', '.50:.95', 'all', '10'],
  ['AR100', '.50:.95', 'all', '100'],
  ['ARs', '.50:.95', 'small', '100'],
  ['ARm', '.50:.95', 'medium', '100'],
  ['ARl', '.50:.95', 'large', '100'],
];

interface Span {
  low: number;
  high: number;
}

export interface FormatOptions {
  perCategory?: boolean;
  /** A column more, with an interval for some of the numbers. */
  intervals?: {
    title: string;
    bands: Readonly<Partial<Record<keyof Stats, Span | null>>>;
    perCategory?: Readonly<Record<string, Readonly<Record<keyof CategoryStats, Span | null>>>>;
  };
}

/** The twelve numbers as a text table, in percent with two decimals; "–" where no truth falls into the slice. */
export function formatStats(report: EvaluationReport, options: FormatOptions = {}): string {
  const { counts, stats, tieBand } = report;
  const { intervals } = options;
  const spans = intervals?.perCategory;
  const withSpan = (name: string) => (spans === undefined ? [name] : [name, intervals!.title]);
  const lines = [
    `images ${counts.images}, boxes ${counts.annotations}, categories ${counts.categories}, ` +
      `detections ${counts.detections}; tie rule: ${report.tieRule}`,
    '',
    ...table(
      [
        '',
        'percent',
        ...(intervals === undefined ? [] : [intervals.title]),
        'IoU',
        'area',
        'detections',
        tieBand.covers === 'all orders' ? 'other tie orders' : 'other tie orders among images',
      ],
      ROWS.map(([name, iou, area, detections]) => [
        name,
        percent(stats[name]),
        ...(intervals === undefined ? [] : [formatInterval(intervals.bands[name])]),
        iou,
        area,
        `≤ ${detections}`,
        name in tieBand ? formatBand(tieBand[name as BandName]) : '',
      ]),
    ),
  ];
  if (options.perCategory === true) {
    lines.push(
      '',
      ...table(
        ['category', 'id', ...(['AP', 'AP50', 'AR100'] as const).flatMap((name) => withSpan(name))],
        Object.entries(report.perCategory).map(([id, category]) => [
          report.categoryNames[id] ?? id,
          id,
          ...(['AP', 'AP50', 'AR100'] as const).flatMap((name) => [
            percent(category[name]),
            ...(spans === undefined ? [] : [formatInterval(spans[id]?.[name])]),
          ]),
        ]),
      ),
    );
  }
  if (report.errors !== undefined) lines.push('', ...formatErrors(report.errors));
  for (const warning of report.warnings) {
    lines.push('', `${warning.code} (${warning.count}): ${warning.message}`);
  }
  return `${lines.join('\n')}\n`;
}

export function percent(value: number | null): string {
  return value === null ? '–' : (100 * value).toFixed(2);
}

function formatInterval(interval: Span | null | undefined): string {
  return interval ? `${percent(interval.low)} to ${percent(interval.high)}` : '';
}

function formatBand(band: Band): string {
  if (band === null) return '–';
  const [low, high] = band.map(percent);
  return low === high ? 'the same' : `${low} to ${high}`;
}

const ERROR_MEANINGS: Record<(typeof ERROR_TYPES)[number], string> = {
  classification: 'right place, wrong category',
  localisation: 'right category, IoU .1 to .5',
  both: 'wrong category, IoU .1 to .5',
  duplicate: 'the object was found already',
  background: 'no object there',
  missed: 'object not found, nor nearly',
};

function formatErrors(errors: ErrorSummary): string[] {
  const rise = (value: number | null): string =>
    value === null ? '–' : `${value < 0 ? '' : '+'}${(100 * value).toFixed(2)}`;
  return [
    `Errors at IoU .50 (AP50 ${percent(errors.AP50)}), and what AP50 would gain without them`,
    '',
    ...table(
      ['error', 'count', 'gain', ''],
      [
        ...ERROR_TYPES.map((type) => [
          type,
          String(errors.counts[type]),
          rise(errors.deltaAP[type]),
          ERROR_MEANINGS[type],
        ]),
        ['all false positives', '', rise(errors.deltaFalsePositives), ''],
        ['all missed objects', '', rise(errors.deltaFalseNegatives), ''],
      ],
    ),
  ];
}
