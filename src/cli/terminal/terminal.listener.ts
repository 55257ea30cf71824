import { relative } from 'node:path';
import colours from 'picocolors';
import type { PlannedStage } from '../../core/plan/stage';
import type { RunListener } from '../../core/plan/run-events';
import type { EventOf } from '../../host/execution/listeners';
import { type Ink, renderFrame } from './frame';
import { type Redrawn, redrawnOn } from './redrawn';
import { RunView } from './run-view';
import { formatDuration } from '../../core/text/format';
import { stageName, trialName } from '../../core/plan/names';

const REDRAW_MS = 200;
const STATUS_MS = 30_000;

/**
 * `live`: bars that are redrawn in place; `plain`: a line for each thing that happens, and one on the state every half
 * minute (pipes, CI); `quiet`: failures only; `auto`: live where the stream is a terminal.
 */
export type TerminalMode = 'auto' | 'live' | 'plain' | 'quiet';

/** Shows a run to the person at the terminal. */
export class TerminalListener implements RunListener {
  private readonly mode: Exclude<TerminalMode, 'auto'>;
  private readonly ink: Ink;
  private readonly unicode: boolean;
  /** Where the mode is `live`. */
  private readonly frame?: Redrawn;
  private view?: RunView;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    options: { readonly mode?: TerminalMode; readonly environment?: NodeJS.ProcessEnv } = {},
  ) {
    const { mode = 'auto', environment = process.env } = options;
    const terminal = stream.isTTY === true && environment['TERM'] !== 'dumb';
    const live = terminal && environment['CI'] === undefined;
    this.mode = mode === 'auto' ? (live ? 'live' : 'plain') : mode;
    this.ink = colours.createColors(terminal && environment['NO_COLOR'] === undefined);
    this.unicode = speaksUnicode(environment);
    if (this.mode === 'live') this.frame = redrawnOn(stream);
  }

  runStarted({ plan, reused, slots, quarantined = [] }: EventOf<'runStarted'>): void {
    for (const { key, reason } of quarantined) {
      this.say(this.ink.yellow(`artifact ${key.slice(0, 12)} is made again: ${reason}`), 'important');
    }
    if (reused.length === plan.stages.length) return;
    this.view = new RunView(plan, reused, slots, performance.now());
    const skipped = plan.trials.filter((trial) => trial.skipped !== undefined).length;
    const parts = [
      `${plan.trials.length - skipped} trials`,
      `${plan.stages.length} stages`,
      ...(reused.length > 0 ? [`${reused.length} of them done already`] : []),
      ...(skipped > 0 ? [`${skipped} trials skipped`] : []),
      `${slots} at once`,
    ];
    this.say(`${plan.benchmark.title}: ${parts.join(', ')}`);
    if (this.mode === 'live') this.timer = setInterval(() => this.draw(), REDRAW_MS).unref();
    if (this.mode === 'plain') this.timer = setInterval(() => this.say(this.status()), STATUS_MS).unref();
  }

  stageStarted({ stage, slot, attempt }: EventOf<'stageStarted'>): void {
    this.view?.start(stage, slot, performance.now());
    if (attempt > 1)
      this.say(this.ink.yellow(`${this.nameOf(stage)}: it broke down and is run again`), 'important');
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
      this.say(`${name}: done in ${formatDuration(result.ledger.wallSeconds)}${left}`);
    }
    const { AP } = result.outcome.summary;
    for (const trial of complete) {
      const score =
        stage.key === trial.evaluateKey && typeof AP === 'number'
          ? `AP ${(AP * 100).toFixed(1).padStart(4)}`
          : 'done';
      const count = `${trials.done}/${trials.total}`;
      this.say(
        `${this.ink.green(this.unicode ? '✓' : '+')} ${count}  ${this.ink.bold(score)}  ${trialName(trial.axes)}`,
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
    const { ink } = this;
    const [cross, arrow] = this.unicode ? ['✗', '→'] : ['x', '->'];
    this.say(`${ink.red(cross)} ${name}`, 'important');
    this.say(`  ${ink.red(failure.kind)}: ${failure.message}`, 'important');
    if (failure.hint !== undefined) this.say(ink.dim(`  ${arrow} ${failure.hint}`), 'important');
    this.say(ink.dim(`  log: ${shortPath(failure.logFile)}`), 'important');
  }

  stageBlocked({ stage }: EventOf<'stageBlocked'>): void {
    this.view?.leave(stage, 'blocked');
  }

  runStopping({ atOnce }: EventOf<'runStopping'>): void {
    // Whatever was printed at the key press lies within the frame's lines: begin a new one below.
    this.frame?.done();
    this.say(
      atOnce
        ? 'stopping at once'
        : 'stopping: stages end at a point from which the next run goes on (Ctrl-C again: at once)',
    );
  }

  runFinished(): void {
    clearInterval(this.timer);
    this.frame?.clear();
    this.frame?.done();
  }

  /** Prints a line that stays, above the bars. */
  say(line: string, weight: 'usual' | 'important' = 'usual'): void {
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
    const { ink, unicode } = this;
    this.frame?.(renderFrame(this.view.snapshot(performance.now()), { columns, rows, ink, unicode }));
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

/** As it can be typed in the current folder. */
function shortPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.length < file.length ? fromHere : file;
}

function speaksUnicode(environment: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return /utf-?8/i.test(locale);
}
