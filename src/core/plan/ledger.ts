/** Joules with how they were had. */
export interface Energy {
  readonly joules: number;
  readonly method: string;
  /** True where a model stands in for a counter. */
  readonly estimated?: boolean;
}

/** Phase of FLOPs that a plugin stated for its own stage: nobody metered them. */
export const declaredByPlugin = 'declared by the plugin';

/**
 * What one stage cost. Every figure was measured by the process that ran the stage; energy alone may be estimated, and
 * then says so.
 */
export interface Ledger {
  /** Floating-point operations of the kernels that ran, multiply-add = 2. */
  readonly flops: number;
  /** The same by phase (`forward`, `backward`, `update`, `inference`, …) where the phases are known apart. */
  readonly flopsByPhase: Readonly<Record<string, number>>;
  /** Native kernels that ran without a FLOP formula: name → times run. Empty in a sound ledger. */
  readonly unknownKernels: Readonly<Record<string, number>>;
  /** Seconds during which the device slot computed (synchronised). */
  readonly deviceSeconds: number;
  /** Seconds from the start of the stage's process to its end. */
  readonly wallSeconds: number;
  /** Wall seconds of attempts that failed and left nothing to go on from; beside `wallSeconds`, not in it. */
  readonly lostSeconds?: number;
  /**
   * Wall seconds by phase: `start`, `data` (reading and augmenting, as far as the device waited for it), `compile`,
   * `compute`, `decode`, `save`, `seal`, …, `other`; they add up to `wallSeconds`.
   */
  readonly secondsByPhase: Readonly<Record<string, number>>;
  /** Joules, with how they were had; absent where they cannot be told from another stage's. */
  readonly energy?: Energy;
  /** Highest resident memory in bytes, of the process with all that it started. */
  readonly peakMemoryBytes: number;
  /** Highest memory in use on the stage's GPU in bytes. */
  readonly peakDeviceMemoryBytes?: number;
  /** Images that went through the network, counted again each time. */
  readonly imagesSeen: number;
  /** What ran it. */
  readonly device: string;
  /** True where somebody else paid and stated the cost (an external checkpoint). */
  readonly declared?: boolean;
  readonly source?: string;
}

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
