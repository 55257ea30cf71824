import { version as tfjsVersion } from '@tensorflow/tfjs-core/package.json';
import { RethinkError } from '../../contract';
import { findNativeSetUp } from '../../learning/tensor/native/addon';
import { mixedPrecisionProblem } from '../../learning/tensor/precision';
import type { BenchmarkFile } from '../benchmark/read';
import type { EngineIdentity } from './stage-key';

/** One thread for each stage: stages run in parallel, each on its core, and the order of additions is fixed. */
export const THREADS_PER_STAGE = 1;

/**
 * The engine that will compute, without loading it.
 *
 * @param usesGpu whether stages get a GPU: TensorFlow for GPUs computes other bits without one
 * @throws RethinkError `TENSORFLOW_MISSING` or `TENSORFLOW_BROKEN`
 */
export function engineIdentity(backend: EngineIdentity['backend'], usesGpu: boolean): EngineIdentity {
  return {
    backend,
    version: engineVersion(backend, usesGpu),
    precision: 'float32',
    threads: THREADS_PER_STAGE,
  };
}

/** @throws RethinkError `PRECISION_UNSUPPORTED` where the engine cannot compute in the precision of the benchmark */
export function checkPrecision(
  { benchmark, locate }: Pick<BenchmarkFile, 'benchmark' | 'locate'>,
  backend: EngineIdentity['backend'],
  usesGpu: boolean,
): void {
  if (benchmark.detector.precision !== 'mixed') return;
  const problem = mixedPrecisionProblem(backend, usesGpu);
  if (problem === undefined) return;
  throw new RethinkError('PRECISION_UNSUPPORTED', `Mixed precision is not possible here: ${problem}.`, {
    location: locate(['detector', 'precision']),
    hint: 'Use the backend tensorflow on a machine with a GPU or such a CPU, or remove detector.precision.',
  });
}

function engineVersion(backend: EngineIdentity['backend'], usesGpu: boolean): string {
  switch (backend) {
    case 'tensorflow': {
      const { manifest, ownKernels } = findNativeSetUp();
      const { tensorflow, tfjsNode } = manifest;
      const device = manifest.device === 'gpu' && !usesGpu ? 'gpu, on the CPU' : manifest.device;
      const kernels = ownKernels === undefined ? 'no own kernels' : `own kernels ${ownKernels}`;
      return `TensorFlow ${tensorflow} (${device}), tfjs-node ${tfjsNode}, ${kernels}`;
    }
    case 'webgpu':
    case 'cpu':
      return `TensorFlow.js ${tfjsVersion}`;
  }
}
