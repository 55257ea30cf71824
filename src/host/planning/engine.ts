import { version as tfjsVersion } from '@tensorflow/tfjs-core/package.json';
import { findNativeSetUp } from '../../learning/tensor/native/addon';
import type { EngineIdentity } from './stage-key';

/** One thread for each stage: stages run in parallel, each on its core, and the order of additions is fixed. */
export const THREADS_PER_STAGE = 1;

/**
 * The engine that will compute, without loading it.
 *
 * @throws RethinkError `TENSORFLOW_MISSING` or `TENSORFLOW_BROKEN`
 */
export function engineIdentity(backend: EngineIdentity['backend']): EngineIdentity {
  return { backend, version: engineVersion(backend), precision: 'float32', threads: THREADS_PER_STAGE };
}

function engineVersion(backend: EngineIdentity['backend']): string {
  switch (backend) {
    case 'tensorflow': {
      const { manifest, ownKernels } = findNativeSetUp();
      const { device, tensorflow, tfjsNode } = manifest;
      const kernels = ownKernels === undefined ? 'no own kernels' : `own kernels ${ownKernels}`;
      return `TensorFlow ${tensorflow} (${device}), tfjs-node ${tfjsNode}, ${kernels}`;
    }
    case 'webgpu':
    case 'cpu':
      return `TensorFlow.js ${tfjsVersion}`;
  }
}
