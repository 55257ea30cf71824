import type { PluginKind } from '../../contract';

export interface CheckName {
  readonly id: string;
  /** What holds when it passes. */
  readonly title: string;
  /** Kinds that it concerns; all where absent. */
  readonly kinds?: readonly PluginKind[];
  /** Seconds without an answer after which the plugin is held to hang. */
  readonly timeout: number;
}

/** The checks in the order in which an author meets them. `trial` runs in the host, the others in a process of their own. */
export const suite = [
  { id: 'shape', title: 'has the shape of a plugin', timeout: 30 },
  { id: 'options', title: 'has strict options with defaults', timeout: 30 },
  { id: 'plan', title: 'plans what its kind promises', kinds: ['init', 'strategy'], timeout: 60 },
  { id: 'apply', title: 'augments any image, boxes inside', kinds: ['augmentation'], timeout: 60 },
  { id: 'determinism', title: 'gives the same for the same seed, and other for another', timeout: 60 },
  { id: 'boxes', title: 'moves boxes with their pixels', kinds: ['augmentation'], timeout: 60 },
  { id: 'tensors', title: 'leaks no tensors', timeout: 60 },
  {
    id: 'stages',
    title: 'has stages of its own that stop, resume and meter',
    kinds: ['init', 'strategy'],
    timeout: 240,
  },
  { id: 'files', title: 'touches no validation data and writes nothing outside', timeout: 60 },
  { id: 'trial', title: 'runs a small trial through the real host, resumed as if undisturbed', timeout: 300 },
] as const satisfies readonly CheckName[];

export type CheckId = (typeof suite)[number]['id'];

export function checksOf(kind: PluginKind): readonly (CheckName & { readonly id: CheckId })[] {
  const all: readonly (CheckName & { readonly id: CheckId })[] = suite;
  return all.filter(({ kinds }) => kinds === undefined || kinds.includes(kind));
}
