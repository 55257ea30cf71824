import type { BenchmarkResults, StageRecord } from '../../results/database/records';

const known = new WeakMap<readonly StageRecord[], ReadonlyMap<string, StageRecord>>();

/** A benchmark's stages by key; made once for all of its trials. */
export function stagesByKey({ stages }: Pick<BenchmarkResults, 'stages'>): ReadonlyMap<string, StageRecord> {
  const map = known.get(stages) ?? new Map(stages.map((stage) => [stage.key, stage]));
  known.set(stages, map);
  return map;
}
