import type { MetricsEntity, StageEntity, TrialEntity } from './entities';
import type { StageRecord, TrialCheckpoint, TrialRecord } from './records';
import { axesOf } from '../../core/plan/axes';

/** A row without the columns that are null. */
function withoutNulls<Row extends object>(row: Row) {
  const columns = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(columns) as { [Name in keyof Row]: NonNullable<Row[Name]> };
}

export function stageRecord(row: StageEntity): StageRecord {
  return withoutNulls(row);
}

export function trialRecord(
  row: TrialEntity,
  stageKeys: readonly string[],
  metrics: ReadonlyMap<string, MetricsEntity>,
): TrialRecord {
  const scored = metrics.get(row.staleEvaluateKey ?? row.evaluateKey ?? '');
  return {
    id: row.name,
    axes: axesOf(row),
    status: row.status,
    code: row.code ?? undefined,
    reason: row.reason ?? undefined,
    logFile: row.logFile ?? undefined,
    stageKeys,
    detectKey: row.staleDetectKey ?? row.detectKey ?? undefined,
    evaluateKey: row.staleEvaluateKey ?? row.evaluateKey ?? undefined,
    metrics:
      scored !== undefined && (row.status === 'done' || row.status === 'invalid' || row.status === 'stale')
        ? scored.metrics
        : undefined,
    ...(row.access && { access: row.access }),
    ...(row.control && { control: row.control }),
    ...(row.checkpoints && {
      checkpoints: row.checkpoints.map((point): TrialCheckpoint => {
        const found = metrics.get(point.evaluateKey)?.metrics;
        return found === undefined ? point : { ...point, stats: found.stats, resamples: found.resamples };
      }),
    }),
  };
}
