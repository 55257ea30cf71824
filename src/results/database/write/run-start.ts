import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { shownPath } from '../../../core/files/shown-paths';
import type { Plan } from '../../../core/plan/plan';
import type { RunListener } from '../../../core/plan/run-events';
import { BenchmarkEntity, PluginEntity, RunEntity } from '../entities';
import { recordStages, type RecoveredStages } from './record-stages';
import { markOutdated, recordTrials } from './record-trials';
import { resetInterrupted } from './run-end';
import { recordEnvironment } from './stage-events';

type RunStartedEvent = Parameters<NonNullable<RunListener['runStarted']>>[0];

export interface RecordedStart {
  readonly runId: number;
  /** Names of those trials whose data access has not been checked. */
  readonly unchecked: ReadonlySet<string>;
}

export async function recordRunStart(
  manager: EntityManager,
  event: RunStartedEvent,
  recovered: RecoveredStages,
  now: string,
): Promise<RecordedStart> {
  const { plan, environment } = event;
  const { name } = plan.benchmark;
  const before = await manager.findOneBy(BenchmarkEntity, { name });
  const digest = planDigest(plan);
  await manager.upsert(
    BenchmarkEntity,
    {
      name,
      title: plan.benchmark.title,
      description: plan.benchmark.description,
      file: shownPath(plan.benchmark.file),
      resolved: plan.benchmark.resolved as object,
      datasets: { ...before?.datasets, ...event.datasets },
      updatedAt: now,
    },
    ['name'],
  );
  if (event.plugins !== undefined) await replacePlugins(manager, name, event.plugins);
  const run = await manager.save(RunEntity, {
    benchmark: name,
    startedAt: now,
    endedAt: null,
    cancelled: null,
    command: event.command,
    slots: event.slots,
    trials: plan.trials.length,
    environmentId: await recordEnvironment(manager, environment),
  });
  await resetInterrupted(manager, name);
  // Nothing is new where every stage of the very plan that was recorded last is finished, and recorded as such.
  const isFinished = event.reused.length === plan.stages.length && recovered.keys.size === 0;
  if (isFinished && before?.planDigest === digest) return { runId: run.id, unchecked: new Set() };
  const stages = await recordStages(manager, plan, new Set(event.reused), recovered);
  const unchecked = await recordTrials(manager, plan, stages);
  await markOutdated(manager, plan, before?.resolved);
  await manager.update(
    BenchmarkEntity,
    { name },
    { planDigest: isFinished && unchecked.size === 0 ? digest : null },
  );
  return { runId: run.id, unchecked };
}

/** Over all that is recorded of a plan. */
function planDigest({ benchmark, trials, stages }: Plan): string {
  return createHash('sha256')
    .update(JSON.stringify(benchmark.resolved))
    .update(stages.map(({ key, label }) => `${key} ${label}\n`).join(''))
    .update(trials.map((trial) => `${JSON.stringify(trial)}\n`).join(''))
    .digest('hex');
}

async function replacePlugins(
  manager: EntityManager,
  benchmark: string,
  plugins: NonNullable<RunStartedEvent['plugins']>,
): Promise<void> {
  await manager.delete(PluginEntity, { benchmark });
  await manager.save(
    plugins.map((summary) =>
      Object.assign(new PluginEntity(), { benchmark, kind: summary.kind, name: summary.name, summary }),
    ),
  );
}
