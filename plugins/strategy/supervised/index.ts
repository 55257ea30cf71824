import { z } from 'zod';
import type { PluginManifest, StrategyContext, StrategyPlugin, TrainedDetector } from '../../../src/contract';

/** Trains on the labelled data and nothing else. */
export default class Supervised implements StrategyPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'strategy',
    name: 'supervised',
    version: '1.0.0',
    contract: 1,
    description: 'One training on the labelled data.',
    options: z.strictObject({}),
    source: 'Zoph et al. 2020, "Supervised"',
  };

  plan({ stages, init, augmentation, data }: StrategyContext): TrainedDetector {
    return stages.train({ from: init, data: [data.labelled], augmentation, label: 'train' });
  }
}
