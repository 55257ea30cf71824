import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { replaceFileDurably } from '../../core/files/atomic-file';
import { explainStorageError } from '../../core/files/storage-error';
import type { Ledger } from '../../core/plan/ledger';
import type { Forecast } from './forecast';
import { Workspace } from '../../core/artifact/workspace';

const amount = z.number().min(0);
const costsSchema = z.strictObject({ flops: amount, deviceSeconds: amount, wallSeconds: amount });
type StageCosts = z.infer<typeof costsSchema>;

const recordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Stage key → what was forecast before it ran. */
  stages: z.record(z.string(), costsSchema),
});

/** Forecast and actual totals of the stages that have both. */
export interface ForecastCheck {
  readonly stages: number;
  readonly forecast: StageCosts;
  readonly actual: StageCosts;
}

/** Recorded forecasts of a benchmark's stages; none if the record is absent or unreadable. */
export function readForecasts(workspace: string, benchmark: string): Readonly<Record<string, StageCosts>> {
  const file = new Workspace(workspace).forecast(benchmark);
  if (!existsSync(file)) return {};
  try {
    return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).stages;
  } catch {
    // Only used for checking forecasts: no reason for a run to fail.
    return {};
  }
}

/** Records the forecasts of stages that are still to run, to be compared with their actual cost. */
export function recordForecast(
  workspace: string,
  benchmark: string,
  { stages }: Pick<Forecast, 'stages'>,
  done: ReadonlySet<string>,
): void {
  const fresh = stages.flatMap(({ key, flops, deviceSeconds, wallSeconds }) =>
    done.has(key) || flops === null || deviceSeconds === null || wallSeconds === null
      ? []
      : [[key, { flops, deviceSeconds, wallSeconds }] as const],
  );
  if (fresh.length === 0) return;
  const record = {
    schemaVersion: 1,
    stages: { ...readForecasts(workspace, benchmark), ...Object.fromEntries(fresh) },
  };
  try {
    const file = new Workspace(workspace).forecast(benchmark);
    mkdirSync(dirname(file), { recursive: true });
    replaceFileDurably(file, `${JSON.stringify(record)}\n`);
  } catch (error) {
    // On a full disk the run itself reports it, and this file is not essential.
    if (explainStorageError(error) === undefined) throw error;
  }
}

/** Compares forecasts with ledgers; `undefined` where no stage has both. */
export function checkForecast(
  forecasts: Readonly<Record<string, StageCosts>>,
  ran: readonly { readonly key: string; readonly ledger?: Ledger }[],
): ForecastCheck | undefined {
  const pairs = ran.flatMap(({ key, ledger }) => {
    const forecast = forecasts[key];
    return forecast === undefined || ledger === undefined ? [] : [{ forecast, ledger }];
  });
  if (pairs.length === 0) return undefined;
  const sum = (of: (pair: (typeof pairs)[number]) => StageCosts): StageCosts =>
    pairs.map(of).reduce((total, each) => ({
      flops: total.flops + each.flops,
      deviceSeconds: total.deviceSeconds + each.deviceSeconds,
      wallSeconds: total.wallSeconds + each.wallSeconds,
    }));
  return {
    stages: pairs.length,
    forecast: sum(({ forecast }) => forecast),
    actual: sum(({ ledger }) => ({
      // The declared cost of external weights was not forecast.
      flops: ledger.declared === true ? 0 : ledger.flops,
      deviceSeconds: ledger.declared === true ? 0 : ledger.deviceSeconds,
      wallSeconds: ledger.wallSeconds,
    })),
  };
}
