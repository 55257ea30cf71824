import type { Ledger } from './outcome-schema';

export type { Energy, Ledger } from './outcome-schema';

/** Phase of FLOPs that a plugin stated for its own stage: nobody metered them. */
export const declaredByPlugin = 'declared by the plugin';

export const emptyLedger: Ledger = {
  flops: 0,
  flopsByPhase: {},
  unknownKernels: {},
  deviceSeconds: 0,
  wallSeconds: 0,
  secondsByPhase: {},
  peakMemoryBytes: 0,
  imagesSeen: 0,
  device: '',
};
