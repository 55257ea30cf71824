import { z } from 'zod';
import type { Cost } from './cost';
import { costMetrics, type CostMetric } from './metrics';

/** A cost on these metrics; `null` where a part of it is not known. */
export function costSchema<Metric extends CostMetric>(metrics: readonly Metric[]) {
  const amounts = metrics.map((metric) => {
    const { name, unit, isMeasured } = costMetrics[metric];
    const amount = z.number().describe(`${name}${unit === '' ? '' : ` in ${unit}`}`);
    return [metric, isMeasured ? amount : amount.nullable()];
  });
  return z.strictObject(Object.fromEntries(amounts) as { [M in Metric]: z.ZodType<Cost[M]> });
}
