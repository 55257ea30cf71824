import { relative } from 'node:path';
import picocolors from 'picocolors';
import type { PlannedStage } from '../../core/plan/stage';
import type { RunListener } from '../../core/plan/run-events';
import type { EventOf } from '../../host/execution/listeners';
import { type Colors, formatPosition, renderFrame } from './frame';
import { type Redrawn, redrawnOn } from './redrawn';
import { RunView } from './run-view';
import { formatDuration } from '../../core/text/format';
import { printable, printableLines } from '../../core/text/printable';
import { stageName, trialName } from '../../core/plan/names';

const REDRAW_MS = 200;
const STATUS_MS = 30_000;

/**
 * `live`: bars redrawn in place; `plain`: a line per event and a status line every half minute (pipes, CI); `quiet`:
 * failures only; `auto`: live if the stream is a terminal.
 */
export type TerminalMode = 'auto' | 'live' | 'plain' | 'quiet';

/** Shows the progress of a run. */
export class TerminalListener implements RunListener {
  private readonly mode: Exclude<TerminalMode, 'auto'>;
  private readonly colors: Colors;
  private readonly unicode: boolean;
  /** If the mode is `live`. */
  private readonly frame?: Redrawn;
  private view?: RunView;
  private timer?: NodeJS.Timeout;
  private usesJobs = false;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    options: { readonly mode?: TerminalMode; readonly environment?: NodeJS.ProcessEnv } = {},
  ) {
    const { mode = 'auto', environment = process.env } = options;
    const terminal = stream.isTTY === true && environment['TERM'] !== 'dumb';
    const live = terminal && environment['CI'] === undefined;
    this.mode = mode === 'auto' ? (live ? 'live' : 'plain') : mode;
    this.colors = picocolors.createColors(terminal && environment['NO_COLOR'] === undefined);
    this.unicode = supportsUnicode(environment);
    if (this.mode === 'live') this.frame = redrawnOn(stream);
  }

  runStarted({ plan, environment, reused, slots, quarantined = [] }: EventOf<'runStarted'>): void {
    for (const { key, reason } of quarantined) {
      this.log(
        this.colors.yellow(`artifact ${key.slice(0, 12)} is rebuilt: ${printable(reason)}`),
        'important',
      );
    }
    if (reused.length === plan.stages.length) return;
    this.view = new RunView(plan, reused, slots, performance.now());
    const skipped = plan.trials.filter((trial) => trial.skipped !== undefined).length;
    const parts = [
      `${plan.trials.length - skipped} trials`,
      `${plan.stages.length} stages`,
      ...(reused.length > 0 ? [`${reused.length} already done`] : []),
      ...(skipped > 0 ? [`${skipped} trials skipped`] : []),
      `${slots} in parallel`,
      ...(environment.gpu === undefined ? [] : [environment.gpu]),
    ];
    this.log(`${printable(plan.benchmark.title)}: ${parts.join(', ')}`);
    if (this.mode === 'live') this.timer = setInterval(() => this.draw(), REDRAW_MS).unref();
    if (this.mode === 'plain') this.timer = setInterval(() => this.log(this.status()), STATUS_MS).unref();
  }

  stageQueued({ stage, job }: EventOf<'stageQueued'>): void {
    this.usesJobs = true;
    this.view?.queue(stage);
    if (this.mode === 'plain') this.log(`${this.nameOf(stage)}: queued as job ${job.id} (${job.reason})`);
  }

  stageStarted({ stage, attempt, ...position }: EventOf<'stageStarted'>): void {
    this.view?.start(stage, position, performance.now());
    this.usesJobs ||= position.job !== undefined;
    const where = formatPosition(position);
    if (this.mode === 'plain' && where !== '') this.log(`${this.nameOf(stage)}: running ${where}`);
    if (attempt > 1) this.log(this.colors.yellow(`${this.nameOf(stage)}: crashed; retrying`), 'important');
  }

  stageProgress({ stage, progress }: EventOf<'stageProgress'>): void {
    this.view?.progress(stage, progress, performance.now());
  }

  stageFinished({ stage, result }: EventOf<'stageFinished'>): void {
    if (!this.view) return;
    const name = this.nameOf(stage);
    const complete = this.view.finish(stage, result);
    const { trials, secondsLeft } = this.view.snapshot(performance.now());
    if (this.mode === 'plain') {
      const left = secondsLeft ? `; ${formatDuration(secondsLeft)} left` : '';
      this.log(`${name}: done in ${formatDuration(result.ledger.wallSeconds)}${left}`);
    }
    const { AP } = result.outcome.summary;
    for (const trial of complete) {
      const score =
        stage.key === trial.evaluateKey && typeof AP === 'number'
          ? `AP ${(AP * 100).toFixed(1).padStart(4)}`
          : 'done';
      const count = `${trials.done}/${trials.total}`;
      this.log(
        `${this.colors.green(this.unicode ? '✓' : '+')} ${count}  ${this.colors.bold(score)}  ${trialName(trial.axes)}`,
      );
    }
  }

  stageFailed({ stage, failure }: EventOf<'stageFailed'>): void {
    const name = this.nameOf(stage);
    if (failure.kind === 'cancelled') {
      this.view?.leave(stage, 'waiting');
      return;
    }
    this.view?.leave(stage, 'failed');
    const { colors } = this;
    const [cross, arrow] = this.unicode ? ['✗', '→'] : ['x', '->'];
    this.log(`${colors.red(cross)} ${name}`, 'important');
    this.log(`  ${colors.red(failure.kind)}: ${printableLines(failure.message)}`, 'important');
    if (failure.hint !== undefined)
      this.log(colors.dim(`  ${arrow} ${printable(failure.hint)}`), 'important');
    this.log(colors.dim(`  log: ${printable(shortPath(failure.logFile))}`), 'important');
  }

  stageBlocked({ stage }: EventOf<'stageBlocked'>): void {
    this.view?.leave(stage, 'blocked');
  }

  runStopping({ atOnce }: EventOf<'runStopping'>): void {
    // The terminal echoed the key press into the frame: start a new one below.
    this.frame?.done();
    this.log(
      atOnce
        ? 'stopping immediately'
        : this.usesJobs
          ? 'stopping (press Ctrl-C again to cancel all jobs immediately)'
          : 'stopping: stages save their progress for the next run (press Ctrl-C again to stop immediately)',
    );
  }

  runFinished(): void {
    clearInterval(this.timer);
    this.frame?.clear();
    this.frame?.done();
  }

  /** Prints a permanent line above the bars. */
  log(line: string, weight: 'usual' | 'important' = 'usual'): void {
    if (this.mode === 'quiet' && weight === 'usual') return;
    if (this.frame !== undefined) {
      this.frame.clear();
      this.stream.write(`${line}\n`);
      this.draw();
    } else {
      this.stream.write(`${line}\n`);
    }
  }

  private draw(): void {
    if (!this.view || this.timer === undefined) return;
    const { columns = 80, rows = 24 } = this.stream;
    const { colors, unicode } = this;
    this.frame?.(renderFrame(this.view.snapshot(performance.now()), { columns, rows, colors, unicode }));
  }

  private status(): string {
    const { stages, trials, secondsLeft, elapsedSeconds } = this.view!.snapshot(performance.now());
    const left = secondsLeft === undefined ? '' : `, ${formatDuration(secondsLeft)} left`;
    return `${formatDuration(elapsedSeconds)}: ${stages.done}/${stages.total} stages, ${trials.done}/${trials.total} trials${left}`;
  }

  private nameOf(stage: PlannedStage): string {
    const trial = this.view?.trialOf(stage);
    return trial ? `${stageName(stage)} of ${trialName(trial.axes)}` : stageName(stage);
  }
}

/** The shorter of the absolute and the relative path. */
function shortPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.length < file.length ? fromHere : file;
}

function supportsUnicode(environment: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return /utf-?8/i.test(locale);
}
