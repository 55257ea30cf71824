import type { MetricsEntity, StageEntity, TrialEntity } from './entities';
import type { StageRecord, TrialCheckpoint, TrialRecord } from './records';

export function stageRecord(row: StageEntity): StageRecord {
  return {
    key: row.key,
    kind: row.kind,
    label: row.label,
    seed: row.seed,
    parameters: row.parameters,
    inputs: row.inputs,
    status: row.status,
    attempt: row.attempt,
    startedAt: row.startedAt ?? undefined,
    endedAt: row.endedAt ?? undefined,
    ledger: row.ledger ?? undefined,
    summary: row.summary ?? undefined,
    imageCounts: row.imageCounts ?? undefined,
    failure: row.failure ?? undefined,
    environmentId: row.environmentId ?? undefined,
  };
}

export function trialRecord(
  row: TrialEntity,
  stageKeys: readonly string[],
  metrics: ReadonlyMap<string, MetricsEntity>,
): TrialRecord {
  const scored = metrics.get(row.staleEvaluateKey ?? row.evaluateKey ?? '');
  const { init, augmentation, strategy, fraction, seed } = row;
  return {
    id: row.name,
    axes: { init, augmentation, strategy, fraction, seed },
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
