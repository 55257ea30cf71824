import type { Catalog } from '../../core/catalog/catalog';
import { instantiatePlugin, parseOptions } from '../../core/catalog/instantiate';
import type { PlanDataByRole } from '../planning/trial-setting';
import type { EngineIdentity } from '../planning/stage-key';
import type { Logger, PluginClass, PluginKind } from '../../contract';
import type { DatasetLocations, StageJob } from '../../core/plan/stage-job';

/** All that the checks' process is told. */
export interface CheckSetting {
  readonly kind: PluginKind;
  readonly name: string;
  readonly roots: readonly string[];
  /** Tiny benchmark with the plugin on its axis, seeds 0 and 1. */
  readonly benchmark: string;
  readonly data: PlanDataByRole;
  readonly datasets: DatasetLocations;
  readonly engine: EngineIdentity;
  readonly backend: StageJob['backend'];
  /** Folder for whatever the checks themselves write. */
  readonly scratch: string;
  /** Seconds of silence after which the plugin is held to hang, in place of each check's own. */
  readonly timeout?: number;
}

/** A plugin that could be loaded. */
export interface Subject {
  readonly setting: CheckSetting;
  readonly plugin: PluginClass<object>;
  readonly folder: string;
  readonly catalog: Catalog;
  /** A new instance with the default options, made as the host makes it. */
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
