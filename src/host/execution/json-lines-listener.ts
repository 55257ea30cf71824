import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { PlannedStage } from '../../core/plan/stage';
import type { RunListener } from '../../core/plan/run-events';
import type { EventOf } from './listeners';

/** Who a stage is, without its parameters: those are in the plan. */
function brief({ key, kind, label }: PlannedStage): { key: string; kind: string; label: string } {
  return { key, kind, label };
}

/**
 * Writes each event as one line of JSON, for programs: `{ event, time, … }`. Lists of image ids are left out; they
 * are in the artifacts.
 */
export class JsonLinesListener implements RunListener {
  private readonly gone = new AbortController();

  /** A reader that goes away ends the lines, and not the run. */
  constructor(private readonly stream: Writable) {
    stream.on('error', () => this.gone.abort());
    stream.on('close', () => this.gone.abort());
  }

  runStarted({
    plan,
    environment,
    reused,
    slots,
    command,
    quarantined,
  }: EventOf<'runStarted'>): Promise<void> {
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

  stageStarted({ stage, slot, attempt }: EventOf<'stageStarted'>): Promise<void> {
    return this.write('stageStarted', { stage: brief(stage), slot, attempt });
  }

  stageProgress({ stage, progress }: EventOf<'stageProgress'>): Promise<void> {
    return this.write('stageProgress', { stage: brief(stage), progress });
  }

  stageFinished({ stage, result }: EventOf<'stageFinished'>): Promise<void> {
    const { outcome, ledger, startedAt, endedAt } = result;
    return this.write('stageFinished', {
      stage: brief(stage),
      summary: outcome.summary,
      ledger,
      startedAt,
      endedAt,
    });
  }

  stageFailed({ stage, failure }: EventOf<'stageFailed'>): Promise<void> {
    return this.write('stageFailed', { stage: brief(stage), failure });
  }

  stageBlocked({ stage, because }: EventOf<'stageBlocked'>): Promise<void> {
    return this.write('stageBlocked', { stage: brief(stage), because: brief(because) });
  }

  runStopping(event: EventOf<'runStopping'>): Promise<void> {
    return this.write('runStopping', event);
  }

  runFinished(event: EventOf<'runFinished'>): Promise<void> {
    return this.write('runFinished', event);
  }

  private async write(event: string, fields: object): Promise<void> {
    const line = `${JSON.stringify({ event, time: new Date().toISOString(), ...fields })}\n`;
    const { signal } = this.gone;
    if (signal.aborted || this.stream.write(line)) return;
    await once(this.stream, 'drain', { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
