import { z } from 'zod';
import { codeDigest } from '../../core/catalog/code-digest';
import { digestOf } from '../../core/json/canonical-json';
import type { StageKind, StageWork } from '../../core/plan/stage';
import { runnerFile, stageKinds } from '../../core/plan/stage-kinds';

export const engineSchema = z.strictObject({
  backend: z.enum(['tensorflow', 'webgpu', 'cpu']),
  /** For instance `TensorFlow 2.21.0 (cpu), tfjs-node 4.22.0, own kernels r3`. */
  version: z.string(),
  precision: z.literal('float32'),
  /** Threads of a stage: they decide the order of additions. */
  threads: z.number(),
});
/** What computes: part of stage keys, because other engines compute other bits. */
export type EngineIdentity = Readonly<z.infer<typeof engineSchema>>;

const runnerDigests = new Map<StageKind, string>();

function runnerDigest(kind: StageKind): string {
  const digest = runnerDigests.get(kind) ?? codeDigest(runnerFile(kind));
  runnerDigests.set(kind, digest);
  return digest;
}

/**
 * SHA-256 over canonical JSON of everything that decides a stage's outcome (design: "stage key").
 *
 * @param inputs input name → key of the parent
 */
export function stageKey(
  work: StageWork,
  seed: number,
  inputs: Readonly<Record<string, string>>,
  engine: EngineIdentity,
): string {
  return digestOf({
    schema: 1,
    kind: work.kind,
    parameters: decisive(work),
    code: runnerDigest(work.kind),
    seed,
    engine: stageKinds[work.kind].usesEngine ? engine : undefined,
    inputs,
  });
}

/** Parameters without those that name a location instead of content. */
function decisive(work: StageWork): unknown {
  if (work.kind !== 'checkpoint') return work.parameters;
  const { source: _, file: __, ...decisive } = work.parameters;
  return decisive;
}
