import { join } from 'node:path';
import type { PlannedStage } from '../benchmark/stage';
import type { RunEnvironment, RunListener } from '../execution/events';
import { readOutcomeFile } from '../execution/outcome-file';
import { artifactFiles } from '../execution/stage-services';
import { readMetricsFile } from './metrics-file';
import type { MetricsRecord } from './records';
import type { ResultsService } from './results.service';
import type { RecoveredStage } from './write/run-start';

type Event<Name extends keyof RunListener> = Parameters<NonNullable<RunListener[Name]>>[0];

/** Keeps the results database true at every event of a run. */
export class ResultsListener implements RunListener {
  private runId?: number;
  private environment?: RunEnvironment;

  /** @param artifactFolder where the artifact of a stage key lies */
  constructor(
    private readonly results: Pick<
      ResultsService,
      'finishedKeys' | 'startRun' | 'startStage' | 'finishStage' | 'failStage' | 'blockStage' | 'finishRun'
    >,
    private readonly artifactFolder: (key: string) => string,
  ) {}

  async runStarted(event: Event<'runStarted'>): Promise<void> {
    this.environment = event.environment;
    const known = await this.results.finishedKeys(event.reused);
    const reused = new Set(event.reused);
    const recovered = new Map<string, RecoveredStage>();
    for (const stage of event.plan.stages) {
      if (reused.has(stage.key) && !known.has(stage.key)) recovered.set(stage.key, this.recover(stage));
    }
    this.runId = await this.results.startRun(event, recovered);
  }

  async stageStarted({ stage, attempt }: Event<'stageStarted'>): Promise<void> {
    if (this.environment !== undefined) await this.results.startStage(stage, attempt, this.environment);
  }

  async stageFinished({ stage, result }: Event<'stageFinished'>): Promise<void> {
    await this.results.finishStage(stage, result, this.metricsOf(stage));
  }

  async stageFailed({ stage, failure }: Event<'stageFailed'>): Promise<void> {
    await this.results.failStage(stage, failure);
  }

  async stageBlocked({ stage }: Event<'stageBlocked'>): Promise<void> {
    await this.results.blockStage(stage);
  }

  async runFinished({ cancelled }: Event<'runFinished'>): Promise<void> {
    if (this.runId !== undefined) await this.results.finishRun(this.runId, cancelled);
    this.runId = undefined;
  }

  /** What the artifact itself says of a stage whose record was lost, or was made for another database. */
  private recover(stage: PlannedStage): RecoveredStage {
    const { outcome, ledger, startedAt, endedAt, environment } = readOutcomeFile(
      this.artifactFolder(stage.key),
    );
    return {
      result: { outcome, ledger, startedAt, endedAt },
      environment,
      metrics: this.metricsOf(stage),
    };
  }

  private metricsOf(stage: PlannedStage): MetricsRecord | undefined {
    if (stage.kind !== 'evaluate') return undefined;
    return readMetricsFile(join(this.artifactFolder(stage.key), artifactFiles.metrics));
  }
}
