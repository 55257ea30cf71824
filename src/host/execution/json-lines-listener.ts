import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { PlannedStage } from '../../core/plan/stage';
import type { RunListener } from '../../core/plan/run-events';
import type { EventOf } from './listeners';

/** A stage without its parameters: those are in the plan. */
function brief({ key, kind, label }: PlannedStage): { key: string; kind: string; label: string } {
  return { key, kind, label };
}

/**
 * Writes each event as one line of JSON, for programs: `{ event, time, … }`. Lists of image ids are left out; they
 * are in the artifacts.
 */
export class JsonLinesListener implements RunListener {
  readonly stageQueued = this.writes('stageQueued');
  readonly stageStarted = this.writes('stageStarted');
  readonly stageProgress = this.writes('stageProgress');
  readonly stageFailed = this.writes('stageFailed');
  readonly stageBlocked = this.writes('stageBlocked');
  readonly runStopping = this.writes('runStopping');
  readonly runFinished = this.writes('runFinished');
  private readonly gone = new AbortController();

  /** A reader that goes away ends the lines, not the run. */
  constructor(private readonly stream: Writable) {
    stream.on('error', () => this.gone.abort());
    stream.on('close', () => this.gone.abort());
  }

  runStarted(event: EventOf<'runStarted'>): Promise<void> {
    const { plan, environment, reused, slots, command, quarantined } = event;
    return this.write('runStarted', {
      benchmark: plan.benchmark.name,
      trials: plan.trials.map(({ id, stageKeys, skipped }) => ({ id, stageKeys, skipped })),
      stages: plan.stages.map((stage) => ({ ...brief(stage), inputs: stage.inputs })),
      environment,
      reused,
      slots,
      command,
      quarantined,
    });
  }

  stageFinished({ stage, result }: EventOf<'stageFinished'>): Promise<void> {
    const { outcome, ledger, startedAt, endedAt } = result;
    return this.write('stageFinished', { stage, summary: outcome.summary, ledger, startedAt, endedAt });
  }

  private writes<Hook extends keyof RunListener>(hook: Hook) {
    return (event: EventOf<Hook>): Promise<void> => this.write(hook, event);
  }

  private async write(event: string, fields: object): Promise<void> {
    const { stage, because } = fields as { stage?: PlannedStage; because?: PlannedStage };
    const briefly = { ...(stage && { stage: brief(stage) }), ...(because && { because: brief(because) }) };
    const line = `${JSON.stringify({ event, time: new Date().toISOString(), ...fields, ...briefly })}\n`;
    const { signal } = this.gone;
    if (signal.aborted || this.stream.write(line)) return;
    await once(this.stream, 'drain', { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
