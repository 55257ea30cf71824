import type { ForecastCheck } from '../../host/forecast/compare';
import { formatSeconds } from '../../core/text/units';

/** `forecast 5.2 min of device time, took 5.6 min (+8 %)`. */
export function formatForecastCheck({ forecast, actual, stages }: ForecastCheck): string {
  const line = (name: string, of: 'deviceSeconds' | 'wallSeconds') => {
    const percent = Math.round(100 * (actual[of] / forecast[of] - 1));
    return `${name} ${formatSeconds(actual[of])}, forecast ${formatSeconds(forecast[of])} (${percent < 0 ? '−' : '+'}${Math.abs(percent)} %)`;
  };
  return `Actual and forecast time of ${stages} stages: ${line('device', 'deviceSeconds')}; ${line('wall', 'wallSeconds')}`;
}
