import { dirname, extname, join } from 'node:path';
import { codeDigest } from '../catalog/code-digest';
import { digestOf } from './canonical-json';
import type { StageKind, StageWork } from './stage';

/** What computes: part of every stage key, for other engines give other bits. */
export interface EngineIdentity {
  readonly backend: 'tensorflow' | 'webgpu' | 'cpu';
  /** For instance `TensorFlow 2.21.0 (cpu), tfjs-node 4.22.0, own kernels r3`. */
  readonly version: string;
  readonly precision: 'float32';
  /** Threads of a stage: they decide the order of additions. */
  readonly threads: number;
}

/** The host's file that runs each kind of stage; with its imports, it is the code that decides the outcome. */
const runnerFiles: Readonly<Record<StageKind, string>> = {
  train: 'training/run-train',
  'pseudo-label': 'training/run-pseudo-label',
  'pseudo-class': 'training/run-pseudo-class',
  probe: 'training/run-probe',
  detect: 'training/run-detect',
  evaluate: 'execution/run-evaluate',
  checkpoint: 'training/run-checkpoint',
  custom: 'execution/run-custom',
};

export function runnerFile(kind: StageKind): string {
  return join(dirname(__dirname), `${runnerFiles[kind]}${extname(__filename)}`);
}

const runnerDigests = new Map<StageKind, string>();

function runnerDigest(kind: StageKind): string {
  const known = runnerDigests.get(kind) ?? codeDigest(runnerFile(kind));
  runnerDigests.set(kind, known);
  return known;
}

/** Evaluation is plain arithmetic in double precision, weights are only moved: no engine takes part. */
const withoutEngine: ReadonlySet<StageKind> = new Set(['evaluate', 'checkpoint']);

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
    engine: withoutEngine.has(work.kind) ? undefined : engine,
    inputs,
  });
}

/** Parameters without what names a place instead of a content. */
function decisive(work: StageWork): unknown {
  if (work.kind !== 'checkpoint') return work.parameters;
  const { source: _, file: __, ...decisive } = work.parameters;
  return decisive;
}
