import { RethinkError } from '../../../contract/errors';
import { tf } from '../tf';
import { adapterName, findAdapter } from './adapter';

let failure: string | undefined;

/**
 * WebGPU reports a kernel that did not run beside the call, and computes on with whatever was there.
 * @throws `WEBGPU_FAILED` with the first such report since the last call
 */
export function checkWebGpu(): void {
  if (failure === undefined) return;
  const message = failure.split('\n')[0]!;
  failure = undefined;
  throw new RethinkError('WEBGPU_FAILED', `WebGPU: ${message}`, {
    hint: 'This GPU or its driver cannot run the step; use the backend “tensorflow”.',
  });
}

const limits = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const;

/**
 * Registers TensorFlow.js's WebGPU backend on the machine's GPU.
 * @returns the GPU's name
 */
export async function registerWebGpu(): Promise<string> {
  const adapter = await findAdapter();
  let webgpu: { WebGPUBackend: new (device: object, info: object) => tf.KernelBackend };
  try {
    webgpu = (await import('@tensorflow/tfjs-backend-webgpu')) as unknown as typeof webgpu;
  } catch (cause) {
    throw new RethinkError('WEBGPU_MISSING', 'TensorFlow.js’s WebGPU backend is not installed.', {
      hint: 'Run: npm ci --include=optional',
      cause,
    });
  }
  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]])),
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    failure ??= error.message;
  });
  // Its own registration asks for a feature by a name that Dawn refuses.
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new webgpu.WebGPUBackend(device, adapter.info), 1);
  return adapterName(adapter);
}
