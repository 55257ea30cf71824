import type { z } from 'zod';
import type { AugmentationHandle, DataByRole, TrainedDetector, Weights } from './handles';
import type { RandomSource } from './random';
import type { Sample } from './sample';
import type { ScheduleChange, Stages } from './stages';

/** Version of this contract (semantic versioning). A plugin states the versions that it supports. */
export const CONTRACT_VERSION = '1.0.0';

export const pluginKinds = ['init', 'augmentation', 'strategy'] as const;
export type PluginKind = (typeof pluginKinds)[number];

/** The static `plugin` of every plugin class: its identity and its options. */
export interface PluginManifest {
  readonly kind: PluginKind;
  /** Lower case, digits, `+` and `-`; equal to the plugin's folder. */
  readonly name: string;
  /** Semantic version of the plugin. */
  readonly version: string;
  /**
   * Versions of the contract that the plugin supports: a major version (`1`), or a range if it requires something that a
   * minor version added (`'^1.1.0'`).
   */
  readonly contract: number | string;
  /** One sentence for the plugins page. */
  readonly description: string;
  /** A strict schema with a default for every option: `z.strictObject({ … })`. */
  readonly options: z.ZodObject;
  readonly authors?: readonly string[];
  /** Paper or page that the plugin follows. */
  readonly source?: string;
}

/** The benchmark's schedule. */
export type PlanSchedule = Required<ScheduleChange>;

export interface InitContext {
  readonly stages: Stages;
  readonly data: DataByRole;
  readonly schedule: PlanSchedule;
  /** The trial's augmentation; an init may ignore it. */
  readonly augmentation: AugmentationHandle;
}

/** Plans where the backbone's weights come from. */
export interface InitPlugin {
  plan(context: InitContext): Weights;
}

export interface AugmentationContext {
  /** Side of the square network input in pixels. */
  readonly size: number;
  readonly random: RandomSource;
  /** Another sample of the same data, drawn at random, not augmented (for Copy-Paste, MixUp, Mosaic). */
  readonly another: () => Sample;
}

/**
 * A pure function of the sample and the random source. The result's image may have any size up to
 * `size` × `size`; the host pads it with the mean colour at the right and at the bottom.
 * A larger result is an error.
 *
 * A stage may create several instances, in threads that each prepare some of the images in any order; a resumed stage
 * creates new ones. State that an instance keeps between calls (a table, a decoded overlay) must therefore depend on
 * its options only: otherwise results would depend on the machine. `sample` may be a view of memory that all threads
 * share and must not be written to.
 */
export interface AugmentationPlugin {
  /** Rank among augmentations, 0 = none; the pages order by it. */
  readonly strength: number;
  apply(sample: Sample, context: AugmentationContext): Sample;
}

export interface StrategyContext {
  readonly stages: Stages;
  /** The weights that the init planned. */
  readonly init: Weights;
  readonly augmentation: AugmentationHandle;
  readonly data: DataByRole;
  readonly schedule: PlanSchedule;
}

/** Plans stages and returns the detector to be scored. */
export interface StrategyPlugin {
  plan(context: StrategyContext): TrainedDetector;
}

/** A class that the host can load: default export of `plugins/<kind>/<name>/index.ts`. */
export interface PluginClass<Instance> {
  new (...services: never[]): Instance;
  readonly plugin: PluginManifest;
}
