import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Metrics } from '../../evaluation';
import pLimit from 'p-limit';
import type { DataSource, EntityManager } from 'typeorm';
import type { Plan } from '../../core/plan/plan';
import type { PlannedStage } from '../../core/plan/stage';
import type { RunListener, StageResult } from '../../core/plan/run-events';
import type { RunEnvironment } from '../../core/plan/outcome-schema';
import type { StageFailure } from '../../core/plan/failure';
import { openResultsDatabase, type ResultsDatabaseOptions, shownDatabase } from './database';
import { type DataAccess } from './data-access';
import { explainDatabaseError } from './database-errors';
import type { ResultsSnapshot } from './records';
import { type ResultsToImport, importResults } from './write/import-results';
import { recordAccess } from './write/record-data-access';
import type { RecoveredStages } from './write/record-stages';
import { type RecordedStart, recordRunStart } from './write/run-start';
import { recordRunEnd } from './write/run-end';
import { recordFailure, recordResult, recordStart, setStageStatus } from './write/stage-events';
import { readFinishedKeys, readLedgers, type StageLedger } from './queries';
import { type BenchmarkOverview, readOverview } from './overview';
import { type BenchmarkProgress, readProgress } from './read-progress';
import { readSnapshot } from './read-snapshot';

/** Injection token of `ResultsDatabaseOptions`. */
export const RESULTS_OPTIONS = Symbol('results options');

type RunStartedEvent = Parameters<NonNullable<RunListener['runStarted']>>[0];

/**
 * The results database. It is opened when it is first asked for, so that commands which need no results touch no
 * file. Writes are done one after another, each whole or not at all.
 *
 * Every method throws the RethinkErrors of `openResultsDatabase`.
 */
@Injectable()
export class ResultsService implements OnModuleDestroy {
  private source?: Promise<DataSource>;
  private readonly oneByOne = pLimit(1);

  constructor(@Inject(RESULTS_OPTIONS) private readonly options: ResultsDatabaseOptions) {}

  /** All results, newest benchmark first; or those of one benchmark. */
  snapshot(benchmark?: string): Promise<ResultsSnapshot> {
    return this.transaction((manager) => readSnapshot(manager, benchmark));
  }

  /** Every trial with its status and scores, quick to read; newest benchmark first. */
  overview(benchmark?: string): Promise<readonly BenchmarkOverview[]> {
    return this.transaction((manager) => readOverview(manager, benchmark));
  }

  /** Ledgers of finished stages. */
  ledgers(keys: readonly string[]): Promise<StageLedger[]> {
    return this.transaction((manager) => readLedgers(manager, keys));
  }

  /** Progress of each benchmark, newest first. */
  progress(): Promise<BenchmarkProgress[]> {
    return this.transaction((manager) => readProgress(manager));
  }

  /**
   * Records a plan: every cell with its status, results of changed cells as stale.
   *
   * @param recovered stages that are finished on disk but not known here (the database is younger than the artifacts)
   */
  startRun(event: RunStartedEvent, recovered: RecoveredStages): Promise<RecordedStart> {
    return this.transaction((manager) => recordRunStart(manager, event, recovered, this.now()));
  }

  startStage(stage: PlannedStage, attempt: number, environment: RunEnvironment): Promise<void> {
    return this.transaction((manager) => recordStart(manager, stage, attempt, environment, this.now()));
  }

  finishStage(
    stage: PlannedStage,
    result: StageResult,
    metrics?: Metrics,
    environment?: RunEnvironment,
  ): Promise<void> {
    return this.transaction((manager) => recordResult(manager, stage.key, result, metrics, environment));
  }

  failStage(stage: PlannedStage, failure: StageFailure): Promise<void> {
    return this.transaction((manager) => recordFailure(manager, stage.key, failure));
  }

  blockStage(stage: PlannedStage): Promise<void> {
    return this.transaction((manager) => setStageStatus(manager, stage.key, 'blocked'));
  }

  recordDataAccess(plan: Plan, checked: ReadonlyMap<string, DataAccess>): Promise<void> {
    return this.transaction((manager) => recordAccess(manager, plan, checked));
  }

  finishRun(runId: number, cancelled: boolean): Promise<void> {
    return this.transaction((manager) => recordRunEnd(manager, runId, cancelled, this.now()));
  }

  /**
   * Imports results from elsewhere.
   *
   * @returns keys of the stages that were written
   */
  importResults(imported: ResultsToImport): Promise<Set<string>> {
    return this.transaction((manager) => importResults(manager, imported, this.now()));
  }

  /** Those keys whose stages are recorded as finished, with a ledger. */
  async finishedKeys(keys: readonly string[]): Promise<Set<string>> {
    const done = await this.transaction((manager) => readFinishedKeys(manager));
    return new Set(keys.filter((key) => done.has(key)));
  }

  async close(): Promise<void> {
    const source = this.source;
    this.source = undefined;
    if (source === undefined) return;
    await this.oneByOne(async () => (await source).destroy());
  }

  async onModuleDestroy(): Promise<void> {
    // An error on opening was reported to its caller.
    await this.close().catch(() => undefined);
  }

  private transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.oneByOne(async () => {
      this.source ??= openResultsDatabase(this.options);
      const source = await this.source.catch((error: unknown) => {
        this.source = undefined;
        throw error;
      });
      try {
        return await source.transaction(work);
      } catch (error) {
        const explained = explainDatabaseError(error, shownDatabase(this.options));
        if (explained === undefined) throw error;
        // The driver leaves a refused statement open, and no later transaction of that connection can end.
        this.source = undefined;
        await source.destroy().catch(() => undefined);
        throw explained;
      }
    });
  }

  private now(): string {
    return new Date().toISOString();
  }
}
