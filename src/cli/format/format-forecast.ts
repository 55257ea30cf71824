import { carbonOf, type CostFactors, moneyOf } from '../../core/cost/cost';
import type { ForecastTotals, StageForecast } from '../../host/forecast/forecast';
import { formatBytes, formatCount, formatFlops, formatSeconds } from '../../core/text/units';
import type { forecastOf } from '../common/forecast-plan';
import { formatGpus } from '../../core/plan/gpu';
import { table } from '../terminal/table';
import { formatAmount } from '../../core/cost/metrics';

type Prediction = ReturnType<typeof forecastOf>;

function priced({ forecast, calibration }: Prediction, factors: CostFactors) {
  const device =
    calibration?.machine.gpu ??
    `${calibration?.machine.cpu ?? ''}, ${calibration?.machine.threads ?? 1} thread`;
  const price = (totals: ForecastTotals) => ({
    ...totals,
    money:
      totals.deviceSeconds === null
        ? null
        : moneyOf({ deviceSeconds: totals.deviceSeconds, device, energyJ: totals.energyJ }, factors),
    carbonG: carbonOf(totals.energyJ, factors),
  });
  return { whole: price(forecast.whole), remaining: price(forecast.remaining) };
}

export function forecastForPrograms(prediction: Prediction, factors: CostFactors) {
  const { forecast, calibration, slots, gpus } = prediction;
  return {
    ...priced(prediction, factors),
    slots,
    gpus,
    calibratedAt: calibration?.measuredAt,
    factors,
    stages: forecast.stages,
  };
}

/** A warning if stages are forecast to exceed their time limit. */
export function formatOverLimit(stages: readonly StageForecast[]): string[] {
  const late = stages.filter(
    ({ wallSeconds, timeLimitSeconds = Infinity }) => wallSeconds !== null && wallSeconds > timeLimitSeconds,
  );
  const longest = late.reduce<StageForecast | undefined>(
    (most, stage) => (most === undefined || stage.wallSeconds! > most.wallSeconds! ? stage : most),
    undefined,
  );
  if (longest === undefined) return [];
  const { label, wallSeconds, timeLimitSeconds } = longest;
  const many = late.length === 1 ? '1 stage is' : `${late.length} stages are`;
  return [
    `${many} forecast to take longer than the limit: ${label} ${formatSeconds(wallSeconds)}, limit ${formatSeconds(timeLimitSeconds!)}; raise limits.stageMinutes in the benchmark file`,
  ];
}

export function formatForecast(prediction: Prediction, factors: CostFactors, file: string): string {
  const { calibration, slots, gpus } = prediction;
  const { whole, remaining } = priced(prediction, factors);
  const done = whole.stages - remaining.stages;
  const columns = done > 0 ? [whole, remaining] : [whole];
  const row = (name: string, show: (totals: typeof whole) => string) => [name, ...columns.map(show)];
  const rows = [
    row('stages', ({ stages }) => String(stages)),
    row('images', ({ images }) => formatCount(images)),
    row('FLOPs', ({ flops }) => formatFlops(flops)),
    row('disk, at most', ({ bytes }) => formatBytes(bytes)),
    ...(calibration === undefined
      ? []
      : [
          row('device time', ({ deviceSeconds }) => formatSeconds(deviceSeconds)),
          row(
            `wall time, ${slots} in parallel${gpus.length > 0 ? ` on ${formatGpus(gpus)}` : ''}`,
            ({ wallSeconds }) => formatSeconds(wallSeconds),
          ),
          row('energy', ({ energyJ }) => formatAmount('energyJ', energyJ)),
          row('money', ({ money }) => formatAmount('money', money, factors.currency)),
          row('carbon', ({ carbonG }) => formatAmount('carbonG', carbonG)),
        ]),
  ];
  const notes =
    calibration === undefined
      ? [`No forecast of time yet: npm run -s rethink -- calibrate ${file}   (about a minute)`]
      : [
          ...(whole.unknown > 0 ? [`${whole.unknown} stages cannot be forecast and are not included.`] : []),
          ...formatOverLimit(prediction.forecast.stages),
          ...(whole.byRate > 0
            ? [
                `${whole.byRate} stages are forecast from the rates of similar ones; calibrate ${file} measures them.`,
              ]
            : []),
          `money: ${factors.moneySource ?? 'no price given'}; carbon: ${factors.carbonSource ?? 'no factor given'}`,
        ];
  return [table(['FORECAST', 'ALL', ...(done > 0 ? ['REMAINING'] : [])], rows), ...notes].join('\n');
}
