import { z } from 'zod';
import type { InitContext, InitPlugin, PluginManifest, Weights } from '../../../src/contract';

/** Weights drawn from the trial's seed: the paper's "Rand Init". */
export default class RandomInit implements InitPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'init',
    name: 'random',
    version: '1.0.0',
    contract: 1,
    description: 'Random weights: nothing is known before the detector is trained.',
    options: z.strictObject({}),
    source: 'Zoph et al. 2020, "Rand Init"',
  };

  plan({ stages }: InitContext): Weights {
    return stages.random();
  }
}
