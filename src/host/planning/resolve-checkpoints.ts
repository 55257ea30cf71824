import { RethinkError } from '../../contract';
import type { CheckpointIdentities } from '../../core/plan/checkpoint-identities';
import type { CheckpointIdentity } from '../../learning/training/checkpoint/identity';

/**
 * Plans, resolves the sources of weights that the plan requires, and plans again, until all of them are resolved.
 *
 * @param resolve the identity of a source, or why it is unknown
 * @param plan names every source that it requires, and throws nothing for one that is not cached
 */
export async function withCheckpoints<Result extends { readonly requiredSources: ReadonlySet<string> }>(
  resolve: (source: string) => Promise<CheckpointIdentities[string]>,
  plan: (cached: CheckpointIdentities) => Result,
): Promise<Result & { readonly checkpoints: CheckpointIdentities }> {
  const cached: Record<string, CheckpointIdentities[string]> = {};
  for (;;) {
    const result = plan(cached);
    const unresolved = [...result.requiredSources].filter((source) => !Object.hasOwn(cached, source));
    if (unresolved.length === 0) return { ...result, checkpoints: cached };
    for (const source of unresolved) cached[source] = await resolve(source);
  }
}

/**
 * The identity of a source of weights; adds the source to the required ones.
 *
 * @throws RethinkError `CHECKPOINT_UNKNOWN` for a source that is not resolved yet, or the error of resolving it
 */
export function cachedCheckpoint(
  source: string,
  cached: CheckpointIdentities,
  required: Set<string>,
): CheckpointIdentity {
  required.add(source);
  const identity = Object.hasOwn(cached, source) ? cached[source] : undefined;
  if (identity === undefined) {
    throw new RethinkError('CHECKPOINT_UNKNOWN', `The checkpoint ${source} is not resolved yet.`);
  }
  if ('content' in identity) return identity;
  throw new RethinkError(identity.code, identity.reason, { hint: identity.hint });
}
