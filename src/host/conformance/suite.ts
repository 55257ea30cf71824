import type { PluginKind } from '../../contract';

export interface CheckName {
  readonly id: string;
  /** What is true when it passes. */
  readonly title: string;
  /** Kinds that it applies to; all where absent. */
  readonly kinds?: readonly PluginKind[];
  /** Seconds without an answer after which the plugin is considered hung. */
  readonly timeout: number;
}

/** The checks in the order in which an author meets them. `trial` runs in the host, the others in a separate process. */
export const suite = [
  { id: 'shape', title: 'has the shape of a plugin', timeout: 30 },
  { id: 'options', title: 'has strict options with defaults', timeout: 30 },
  { id: 'plan', title: 'plans what its kind promises', kinds: ['init', 'strategy'], timeout: 60 },
  { id: 'apply', title: 'augments any image, boxes inside', kinds: ['augmentation'], timeout: 60 },
  {
    id: 'determinism',
    title: 'gives the same result for the same seed, and different ones for different seeds',
    timeout: 60,
  },
  { id: 'boxes', title: 'moves boxes with their pixels', kinds: ['augmentation'], timeout: 60 },
  { id: 'tensors', title: 'leaks no tensors', timeout: 60 },
  {
    id: 'stages',
    title: 'has custom stages that stop, resume and meter',
    kinds: ['init', 'strategy'],
    timeout: 240,
  },
  { id: 'files', title: 'reads no validation data and writes nothing outside', timeout: 60 },
  { id: 'trial', title: 'runs a small trial in the real host, resumed as if undisturbed', timeout: 300 },
] as const satisfies readonly CheckName[];

export type CheckId = (typeof suite)[number]['id'];

export function checksOf(kind: PluginKind): readonly (CheckName & { readonly id: CheckId })[] {
  const all: readonly (CheckName & { readonly id: CheckId })[] = suite;
  return all.filter(({ kinds }) => kinds === undefined || kinds.includes(kind));
}
