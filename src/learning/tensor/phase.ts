/** Part of a training step to which a kernel belongs. Without gradients all of a step is `forward`. */
export type Phase = 'forward' | 'backward' | 'update';

let current: Phase = 'forward';

/** Set by the code that runs a step once to record its kernels; only FLOPs by phase depend on it. */
export function enterPhase(phase: Phase): void {
  current = phase;
}

export function currentPhase(): Phase {
  return current;
}
