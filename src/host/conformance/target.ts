import type { Catalog } from '../../core/catalog/catalog';
import { instantiatePlugin, parseOptions } from '../../core/catalog/instantiate';
import type { PlanDataByRole } from '../planning/trial-setting';
import type { EngineIdentity } from '../planning/stage-key';
import type { Logger, PluginClass, PluginKind } from '../../contract';
import type { DatasetLocations, StageJob } from '../../core/plan/stage-job';

/** Everything that the checks' process needs. */
export interface CheckSetting {
  readonly kind: PluginKind;
  readonly name: string;
  readonly roots: readonly string[];
  /** The small benchmark with the plugin on its axis, seeds 0 and 1. */
  readonly benchmark: string;
  readonly data: PlanDataByRole;
  readonly datasets: DatasetLocations;
  readonly engine: EngineIdentity;
  readonly backend: StageJob['backend'];
  /** `CUDA_VISIBLE_DEVICES` of the checks' process; that of the host by default. */
  readonly visibleGpu?: string;
  /** Folder for the checks' own files. */
  readonly scratch: string;
  /** Seconds without an answer after which the plugin is considered hung, instead of each check's own. */
  readonly timeout?: number;
}

/** A plugin that could be loaded. */
export interface Subject {
  readonly setting: CheckSetting;
  readonly plugin: PluginClass<object>;
  readonly folder: string;
  readonly catalog: Catalog;
  /** A new instance with the default options, created as by the host. */
  readonly make: <Instance extends object>() => Instance;
}

export const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export function subjectOf(setting: CheckSetting, catalog: Catalog): Subject {
  const { plugin, folder } = catalog.find(setting.kind, setting.name);
  return {
    setting,
    plugin,
    folder,
    catalog,
    make: <Instance extends object>() =>
      instantiatePlugin<Instance>(plugin, parseOptions(plugin, {}, 'options'), { logger: quiet }),
  };
}
