import { formatWarning } from '../core/coco/warning-list';
import { table } from '../core/text/text-table';
import type { ErrorSummary, EvaluationReport } from './metrics-file';
import { COCO, ERROR_TYPES, type ErrorType, type EvaluationParameters } from './parameters';
import { type CategoryStats, type ResampledScore, scoreDefinitions, type Stats } from './summarise';
import { type Band } from './tie-band';

interface Span {
  low: number;
  high: number;
}

export interface FormatOptions {
  /** Of the evaluation; default COCO's. */
  parameters?: EvaluationParameters;
  perCategory?: boolean;
  /** A column more, with an interval for some of the numbers. */
  intervals?: {
    title: string;
    bands: Readonly<Partial<Record<keyof Stats, Span | null>>>;
    perCategory?: Readonly<Record<string, Readonly<Record<keyof CategoryStats, Span | null>>>>;
  };
}

/** The scores as a text table, in percent with two decimals; "–" where no truth falls into the slice. */
export function formatStats(report: EvaluationReport, options: FormatOptions = {}): string {
  const { counts, stats, tieBand } = report;
  const { intervals, parameters = COCO } = options;
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
      scoreDefinitions(parameters).map(({ name, of, area, limit, threshold }) => [
        name,
        percent(stats[name as keyof Stats]),
        ...(intervals === undefined ? [] : [formatInterval(intervals.bands[name as keyof Stats])]),
        formatThresholds(parameters, threshold),
        parameters.areaRanges[area]!.name,
        `≤ ${parameters.maxDetections[limit]!}`,
        of === 'precision' ? formatBand(tieBand[name as ResampledScore]) : '',
      ]),
    ),
  ];
  if (options.perCategory === true) lines.push('', ...formatCategories(report, intervals));
  if (report.errors !== undefined)
    lines.push('', ...formatErrors(report.errors, parameters.iouThresholds[0]!));
  for (const warning of report.warnings) lines.push('', `Warning: ${formatWarning(warning)}`);
  return `${lines.join('\n')}\n`;
}

function formatCategories(report: EvaluationReport, intervals: FormatOptions['intervals']): string[] {
  const categories = Object.entries(report.perCategory);
  const spans = intervals?.perCategory;
  const names = Object.keys(categories[0]?.[1] ?? {}) as (keyof CategoryStats)[];
  return table(
    ['category', 'id', ...names.flatMap((name) => (spans === undefined ? [name] : [name, intervals!.title]))],
    categories.map(([id, category]) => [
      report.categoryNames[id] ?? id,
      id,
      ...names.flatMap((name) => [
        percent(category[name]),
        ...(spans === undefined ? [] : [formatInterval(spans[id]?.[name])]),
      ]),
    ]),
  );
}

/** `.50`; `.50:.95` for a mean over several. */
function formatThresholds({ iouThresholds }: EvaluationParameters, threshold?: number): string {
  const [first, last] = [threshold ?? 0, threshold ?? iouThresholds.length - 1];
  return [...new Set([first, last])].map((t) => decimal(iouThresholds[t]!)).join(':');
}

/** `.50`, without a leading zero. */
export function decimal(value: number): string {
  return value.toFixed(2).replace(/^0/, '');
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

function formatErrors(errors: ErrorSummary, foreground: number): string[] {
  const iou = `IoU .1 to ${String(Number(foreground.toFixed(4))).replace(/^0/, '')}`;
  const meanings: Record<ErrorType, string> = {
    classification: 'right place, wrong category',
    localisation: `right category, ${iou}`,
    both: `wrong category, ${iou}`,
    duplicate: 'the object was found already',
    background: 'no object there',
    missed: 'object not found, nor nearly',
  };
  const gain = (value: number | null): string =>
    value === null ? '–' : `${value < 0 ? '' : '+'}${(100 * value).toFixed(2)}`;
  const name = `AP${Math.round(100 * foreground)}`;
  return [
    `Errors at IoU ${decimal(foreground)} (${name} ${percent(errors.AP50)}), and what ${name} would gain without them`,
    '',
    ...table(
      ['error', 'count', 'gain', ''],
      [
        ...ERROR_TYPES.map((type) => [
          type,
          String(errors.counts[type]),
          gain(errors.deltaAP[type]),
          meanings[type],
        ]),
        ['all false positives', '', gain(errors.deltaFalsePositives), ''],
        ['all missed objects', '', gain(errors.deltaFalseNegatives), ''],
      ],
    ),
  ];
}
