import { z } from 'zod';
import { type AugmentationPlugin, type DataRole, RethinkError } from '../../contract';
import type { Interner } from '../../core/plan/interner';
import type { TrialAxes } from '../../core/plan/axes';
import type { PluginUse } from '../../core/plan/stage';
import type { CheckpointIdentity } from '../../learning/training/checkpoint/identity';
import type { Benchmark } from '../benchmark/spec';
import type { EngineIdentity } from './stage-key';

export const planDataSchema = z.strictObject({
  digest: z.string(),
  /** Number of images. */
  size: z.number(),
  categories: z.number(),
  /** Digest of labels that no stage but an oracle's sees. */
  truth: z.string().optional(),
});
/** What planning must know about the data of a role. */
export type PlanData = Readonly<z.infer<typeof planDataSchema>>;
export type PlanDataByRole = Readonly<Partial<Record<DataRole | 'validation', PlanData>>>;

export interface PlannedAugmentation {
  readonly use: PluginUse;
  readonly strength: number;
}

/** All that the stages of one trial follow from, apart from its plugins' requests. */
export interface TrialSetting {
  /** With the schedule of the trial's cell. */
  readonly benchmark: Benchmark;
  readonly axes: TrialAxes;
  readonly data: PlanDataByRole;
  readonly engine: EngineIdentity;
  readonly augmentation: PlannedAugmentation;
  findAugmentation(name: string, options: Readonly<Record<string, unknown>>): PlannedAugmentation;
  /** The content of a source of weights. @throws RethinkError when it is unknown */
  checkpoint(source: string): CheckpointIdentity;
  /** The plugin whose `plan()` runs; its custom stages carry its code digest. */
  currentPlugin: PluginUse;
  /** Shared by all trials of the plan. */
  readonly interner: Interner;
}

/** @throws RethinkError `PLUGIN_SHAPE` for an augmentation without a strength */
export function plannedAugmentation(instance: AugmentationPlugin, use: PluginUse): PlannedAugmentation {
  if (!Number.isFinite(instance.strength)) {
    throw new RethinkError('PLUGIN_SHAPE', `Augmentation "${use.name}" declares no strength.`, {
      hint: 'Give the class a number `strength`: 0 for none, higher for stronger.',
    });
  }
  return { use, strength: instance.strength };
}
