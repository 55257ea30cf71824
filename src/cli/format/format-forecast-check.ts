import type { ForecastCheck } from '../../host/forecast/compare';
import { formatSeconds } from '../../core/text/units';

/** `forecast 5.2 min of device time, took 5.6 min (+8 %)`. */
export function describeCheck({ forecast, actual, stages }: ForecastCheck): string {
  const line = (name: string, of: 'deviceSeconds' | 'wallSeconds') => {
    const percent = Math.round(100 * (actual[of] / forecast[of] - 1));
    return `${name} ${formatSeconds(actual[of])}, forecast ${formatSeconds(forecast[of])} (${percent < 0 ? '−' : '+'}${Math.abs(percent)} %)`;
  };
  return `forecast and actual of ${stages} stages: ${line('device time', 'deviceSeconds')}; ${line('with start and data', 'wallSeconds')}`;
}
