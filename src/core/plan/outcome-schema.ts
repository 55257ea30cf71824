import { z } from 'zod';

const amount = z.number().min(0);
const amounts = z.record(z.string(), amount);

/** What a stage's runner measures itself. */
export const measuredSchema = z.strictObject({
  /** Floating-point operations of the kernels that ran, multiply-add = 2. */
  flops: amount,
  /** The same by phase (`forward`, `backward`, `update`, `inference`, …) where the phases are known. */
  flopsByPhase: amounts,
  /** Native kernels that ran without a FLOP formula: name → times run. Empty in a sound ledger. */
  unknownKernels: amounts,
  /** Seconds during which the device slot computed (synchronised). */
  deviceSeconds: amount,
  /**
   * Wall seconds by phase: `start`, `data` (reading and augmenting, as far as the device waited for it), `compile`,
   * `compute`, `decode`, `save`, `finalise`, …, `other`; those of a ledger add up to its `wallSeconds`.
   */
  secondsByPhase: amounts,
  /** Images that went through the network, counted again each time. */
  imagesSeen: amount,
  /** True where somebody else paid and stated the cost (an external checkpoint). */
  declared: z.boolean().optional(),
  source: z.string().optional(),
});

const energySchema = z.strictObject({
  joules: amount,
  /** How they were measured. */
  method: z.string(),
  /** True where a model replaces a counter. */
  estimated: z.boolean().optional(),
});

export const ledgerSchema = measuredSchema.extend({
  /** Seconds from the start of the stage's process to its end. */
  wallSeconds: amount,
  /** Wall seconds of failed attempts from which nothing was resumed; not part of `wallSeconds`. */
  lostSeconds: amount.optional(),
  /** Seconds in the queue of a batch system, charged to nobody; not part of `wallSeconds`. */
  queuedSeconds: amount.optional(),
  /** Absent where it cannot be told from another stage's. */
  energy: energySchema.optional(),
  /** Highest resident memory in bytes, of the process and all its children. */
  peakMemoryBytes: amount,
  /** Highest memory in use on the stage's GPU in bytes. */
  peakDeviceMemoryBytes: amount.optional(),
  /** What ran it. */
  device: z.string(),
  /** The slot of its machine: `2`, or `2 (GPU 1)`. */
  slot: z.string().optional(),
});

export const outcomeSchema = z.strictObject({
  ledger: measuredSchema,
  /** Ids of the images that the stage was given, by role (the data-access record). */
  imageIds: z.record(z.string(), z.array(z.number())),
  /** Small facts for tables: `{ finalLoss, positives, … }`. */
  summary: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Wall seconds of earlier, interrupted attempts up to the point from which this one resumed; 0 by default. */
  resumedSeconds: amount.optional(),
});

export const environmentSchema = z.strictObject({
  hostname: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  gpu: z.string().optional(),
  /** Version of Node.js. */
  node: z.string(),
  /** Job and node of a batch system. */
  job: z.strictObject({ id: z.string(), node: z.string() }).optional(),
  backend: z.string(),
  /** Version of the tensor engine, for instance `TensorFlow 2.21.0`. */
  engine: z.string(),
  rethink: z.string(),
  commit: z.string().optional(),
  /** True where the working tree differs from the commit. */
  dirty: z.boolean().optional(),
});

type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

/** Joules with how they were measured. */
export type Energy = Immutable<z.infer<typeof energySchema>>;

/** What one stage cost. Every figure was measured by the process that ran the stage; only energy may be estimated. */
export type Ledger = Immutable<z.infer<typeof ledgerSchema>>;

/** What a stage's code returns; the process adds wall time, peak memory and device. */
export type StageOutcome = Immutable<z.infer<typeof outcomeSchema>>;

/** The machine and the software that ran a stage; captured, never typed. */
export type RunEnvironment = Immutable<z.infer<typeof environmentSchema>>;
