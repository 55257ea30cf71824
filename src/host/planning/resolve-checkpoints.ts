import type { CheckpointIdentities } from '../../core/plan/checkpoint-identities';
import { RethinkError } from '../../contract';
import type { CheckpointIdentity } from '../../learning/training/checkpoint/identity';

/**
 * Plans, finds out what the checkpoints hold that the plan asked for, and plans again, until none is unknown.
 * @param identify what a source holds
 * @param plan throws nothing for a source that is not in the map; it names it in `wanted`
 */
export async function withCheckpoints<Result extends { readonly wanted: ReadonlySet<string> }>(
  identify: (source: string) => Promise<CheckpointIdentities[string]>,
  plan: (known: CheckpointIdentities) => Result,
): Promise<Result & { readonly checkpoints: CheckpointIdentities }> {
  const known: Record<string, CheckpointIdentities[string]> = {};
  for (;;) {
    const result = plan(known);
    const unknown = [...result.wanted].filter((source) => !Object.hasOwn(known, source));
    if (unknown.length === 0) return { ...result, checkpoints: known };
    for (const source of unknown) known[source] = await identify(source);
  }
}

/**
 * What a source holds.
 * @throws the error that finding out gave
 */
export function knownCheckpoint(
  source: string,
  known: CheckpointIdentities,
  wanted: Set<string>,
): CheckpointIdentity {
  wanted.add(source);
  const found = Object.hasOwn(known, source) ? known[source] : undefined;
  if (found === undefined) {
    throw new RethinkError('CHECKPOINT_UNKNOWN', `nothing is known yet of the checkpoint ${source}`);
  }
  if ('content' in found) return found;
  throw new RethinkError(found.code, found.reason, { hint: found.hint });
}
