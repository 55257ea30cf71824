import { type Metrics } from '../../evaluation';
import type { PlannedTrial } from '../../core/plan/plan';
import type { PlannedStage } from '../../core/plan/stage';
import type { RunListener } from '../../core/plan/run-events';
import type { RunEnvironment } from '../../core/plan/outcome-schema';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import { dataAccess, type ImageIds } from './data-access';
import type { ResultsService } from './results.service';
import type { RecoveredStage } from './write/record-stages';
import { readMetrics } from '../../evaluation/metrics-file';

type Event<Name extends keyof RunListener> = Parameters<NonNullable<RunListener[Name]>>[0];

/** Records every event of a run in the results database. */
export class ResultsListener implements RunListener {
  private runId?: number;
  private environment?: RunEnvironment;
  private event?: Event<'runStarted'>;
  /** Images that a stage saw, by its key; stages are shared by trials. */
  private readonly imageIds = new Map<string, ImageIds | undefined>();

  /** @param artifactFolder the folder of a stage's artifact, by its key */
  constructor(
    private readonly results: ResultsService,
    private readonly artifactFolder: (key: string) => string,
  ) {}

  async runStarted(event: Event<'runStarted'>): Promise<void> {
    this.environment = event.environment;
    const known = await this.results.finishedKeys(event.reused);
    const reused = new Set(event.reused);
    const unknown = event.plan.stages.filter(({ key }) => reused.has(key) && !known.has(key));
    const byKey = new Map(unknown.map((stage) => [stage.key, stage]));
    this.event = event;
    const { runId, unchecked } = await this.results.startRun(event, {
      keys: new Set(byKey.keys()),
      read: (key) => this.recover(byKey.get(key)!),
    });
    this.runId = runId;
    await this.checkDataAccess(
      ({ id, evaluateKey }) => evaluateKey !== undefined && reused.has(evaluateKey) && unchecked.has(id),
    );
  }

  async stageStarted({ stage, attempt }: Event<'stageStarted'>): Promise<void> {
    if (this.environment !== undefined) await this.results.startStage(stage, attempt, this.environment);
  }

  async stageFinished({ stage, result, environment }: Event<'stageFinished'>): Promise<void> {
    await this.results.finishStage(stage, result, this.metricsOf(stage), environment);
    this.imageIds.set(stage.key, result.outcome.imageIds);
    if (stage.kind === 'evaluate') await this.checkDataAccess(({ evaluateKey }) => evaluateKey === stage.key);
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

  /** Whether trials that are scored saw what they are scored on. */
  private async checkDataAccess(isScored: (trial: PlannedTrial) => boolean): Promise<void> {
    const { plan, copies } = this.event!;
    const trials = plan.trials.filter(isScored);
    if (trials.length === 0) return;
    const stages = new Map(plan.stages.map((stage) => [stage.key, stage]));
    const checked = new Map(
      trials.map(({ id, stageKeys }) => {
        const lineage = stageKeys.map((key) => stages.get(key)!);
        return [id, dataAccess(lineage, ({ key }) => this.imageIdsOf(key), copies)];
      }),
    );
    await this.results.recordDataAccess(plan, checked);
  }

  private imageIdsOf(key: string): ImageIds | undefined {
    if (!this.imageIds.has(key)) this.imageIds.set(key, recordedImageIds(this.artifactFolder(key)));
    return this.imageIds.get(key);
  }

  /** The record of a stage, from its artifact, that the database has lost or never had. */
  private recover(stage: PlannedStage): RecoveredStage {
    const { outcome, ledger, startedAt, endedAt, environment } = readOutcomeFile(
      this.artifactFolder(stage.key),
    );
    this.imageIds.set(stage.key, outcome.imageIds);
    return {
      result: { outcome, ledger, startedAt, endedAt },
      environment,
      metrics: this.metricsOf(stage),
    };
  }

  private metricsOf(stage: PlannedStage): Metrics | undefined {
    if (stage.kind !== 'evaluate') return undefined;
    return readMetrics(this.artifactFolder(stage.key));
  }
}

function recordedImageIds(folder: string): ImageIds | undefined {
  try {
    return readOutcomeFile(folder).outcome.imageIds;
  } catch {
    // An artifact of another version: data access is then recorded as unknown.
    return undefined;
  }
}
