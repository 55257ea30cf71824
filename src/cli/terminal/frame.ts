import type picocolors from 'picocolors';
import type { StagePosition } from '../../core/plan/run-events';
import type { RunSnapshot, StageRow } from './run-view';
import {
  displayWidth,
  formatDuration,
  formatFigure,
  padEnd,
  padStart,
  truncate,
} from '../../core/text/format';
import { printable } from '../../core/text/printable';
import { stageName, trialName } from '../../core/plan/names';

/** `on GPU 0`, or node and job of a stage that runs on a cluster; empty for a slot of the CPU. */
export function formatPosition({ gpu, node, job }: Omit<StagePosition, 'slot'>): string {
  if (node !== undefined) return `on ${node} (job ${job})`;
  return gpu === undefined ? '' : `on ${gpu}`;
}

/** The functions of picocolors, or identities where colors are off. */
export type Colors = ReturnType<typeof picocolors.createColors>;

export interface FrameOptions {
  /** Characters in a line. */
  readonly columns: number;
  /** Lines of the terminal. */
  readonly rows: number;
  readonly colors: Colors;
  readonly unicode: boolean;
}

const LABEL_WIDTH = 14;
const COUNT_WIDTH = 18;
const TIME_WIDTH = 13;
const WIDEST = 120;

function bar(share: number, width: number, { colors, unicode }: FrameOptions): string {
  const [full, half, rest] = unicode ? ['━', '╸', '─'] : ['#', '', '-'];
  const cells = Math.max(0, Math.min(1, share)) * width;
  const whole = Math.floor(cells);
  const tip = half !== '' && cells - whole >= 0.5 ? half : '';
  return colors.cyan(full.repeat(whole) + tip) + colors.dim(rest.repeat(width - whole - tip.length));
}

/** `label  ━━━━━╸────  3/8 stages  1m 05s left`, columns aligned. */
function barLine(
  label: string,
  share: number | undefined,
  count: string,
  time: string,
  options: FrameOptions,
): string {
  const width = Math.max(4, Math.min(options.columns, WIDEST) - LABEL_WIDTH - COUNT_WIDTH - TIME_WIDTH - 3);
  const drawn =
    share === undefined
      ? options.colors.dim((options.unicode ? '·' : '.').repeat(width))
      : bar(share, width, options);
  return [
    padEnd(truncate(label, LABEL_WIDTH - 1), LABEL_WIDTH),
    drawn,
    ` ${padStart(truncate(count, COUNT_WIDTH), COUNT_WIDTH)}`,
    options.colors.dim(` ${padStart(truncate(time, TIME_WIDTH), TIME_WIDTH)}`),
  ].join('');
}

function left(seconds: number | undefined): string {
  return seconds === undefined ? '' : `${formatDuration(seconds)} left`;
}

function stageLine(row: StageRow, options: FrameOptions): string {
  const { progress } = row;
  const count = progress
    ? `${formatFigure(progress.done)}/${formatFigure(progress.total)} ${printable(progress.unit)}s`
    : 'starting';
  const share = progress && progress.total > 0 ? progress.done / progress.total : undefined;
  const time = row.secondsLeft === undefined ? formatDuration(row.elapsedSeconds) : left(row.secondsLeft);
  return barLine(`${row.slot} ${stageName(row.stage)}`, share, count, time, options);
}

function trialLine(row: StageRow, { columns, colors }: FrameOptions): string {
  if (!row.trial) return '';
  const indent = ' '.repeat(2);
  const others = row.sharedBy > 1 ? ` and ${row.sharedBy - 1} more` : '';
  const position = row.numbers ? `stage ${row.numbers[0]} of ${row.numbers[1]}` : '';
  const figures = Object.entries(row.progress?.figures ?? {}).map(
    ([name, value]) => `${printable(name.replace('PerSecond', '/s'))} ${formatFigure(value)}`,
  );
  const parts = [`${trialName(row.trial.axes)}${others}`, formatPosition(row), position, ...figures];
  // Whole parts only, most important first.
  let text = parts[0]!;
  for (const part of parts.slice(1)) {
    if (
      part !== '' &&
      indent.length + displayWidth(text) + 3 + displayWidth(part) <= Math.min(columns, WIDEST)
    )
      text += `   ${part}`;
  }
  return indent + colors.dim(truncate(text, columns - indent.length));
}

/** The progress view of a run: stages, trials, and each running stage with its trial. */
export function renderFrame(view: RunSnapshot, options: FrameOptions): string {
  const { stages, trials } = view;
  const count =
    stages.failed > 0
      ? `${stages.done}/${stages.total}, ${stages.failed} failed`
      : `${stages.done}/${stages.total} stages`;
  const lines = [
    barLine(view.name, view.share, count, left(view.secondsLeft), options),
    barLine(
      'trials',
      trials.total === 0 ? 1 : trials.done / trials.total,
      `${trials.done}/${trials.total} trials`,
      `${formatDuration(view.elapsedSeconds)} so far`,
      options,
    ),
  ];
  // One line stays free: a frame that fills the screen makes it scroll.
  const room = Math.max(1, options.rows - lines.length - (stages.queued > 0 ? 2 : 1));
  const withTrials = view.rows.length * 2 <= room;
  const shown = withTrials || view.rows.length <= room ? view.rows : view.rows.slice(0, room - 1);
  for (const row of shown) {
    lines.push(stageLine(row, options));
    if (withTrials) lines.push(trialLine(row, options));
  }
  if (shown.length < view.rows.length) {
    lines.push(options.colors.dim(`  and ${view.rows.length - shown.length} more running`));
  }
  if (stages.queued > 0) lines.push(options.colors.dim(`  ${stages.queued} queued`));
  return lines.filter((line) => line !== '').join('\n');
}
