import { type CostFactorsSpec, costFactorsSpec } from '../../core/cost/factors';
import { type Configuration, CONFIGURATION_FILE } from './configuration';

/** Sources of the factors of money and carbon, by precedence: the benchmark file, then the configuration. */
export function factorSources(
  resolved: unknown,
  { cost }: Pick<Configuration, 'cost'>,
): { spec: CostFactorsSpec | undefined; from: string }[] {
  const parsed = costFactorsSpec.safeParse((resolved as { cost?: unknown } | null)?.cost);
  return [
    { spec: parsed.success ? parsed.data : undefined, from: 'the benchmark file' },
    { spec: cost, from: CONFIGURATION_FILE },
  ];
}
