import type { Cost } from '../../core/cost/cost';
import type { Ledger } from '../../core/plan/ledger';
import { lineageCosts } from '../../core/cost/lineage';
import { type BundleMetric, bundleMetrics } from '../../core/cost/metrics';
import type { BundleResults } from './results-schema';
import type { StageKind } from '../../core/plan/stage';

interface CostedStage {
  readonly key: string;
  readonly kind: StageKind;
  readonly inputs: Readonly<Record<string, string>>;
  readonly ledger?: Ledger;
}

interface CostedTrial {
  readonly id: string;
  readonly status: string;
  readonly stageKeys: readonly string[];
}

/** What the scored trials of a benchmark cost, by the same rules as the leaderboard. */
export function trialCosts(
  stages: readonly CostedStage[],
  trials: readonly CostedTrial[],
): BundleResults['costs'] {
  const lineage = stages.map((stage) => ({ ...stage, parents: Object.values(stage.inputs) }));
  const planned = trials.filter(({ stageKeys }) => stageKeys.length > 0);
  const costs = lineageCosts(lineage, planned);
  const scored = planned.filter(({ status }) => status === 'done' || status === 'invalid');
  return Object.fromEntries(
    scored.map(({ id }) => {
      const { full, amortised, marginal, scoring } = costs.get(id)!;
      return [
        id,
        { full: pick(full), amortised: pick(amortised), marginal: pick(marginal), scoring: pick(scoring) },
      ];
    }),
  );
}

function pick(cost: Cost): Pick<Cost, BundleMetric> {
  return Object.fromEntries(bundleMetrics.map((metric) => [metric, cost[metric]])) as Pick<
    Cost,
    BundleMetric
  >;
}
