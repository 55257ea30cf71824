import { type NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { RethinkError } from '../../contract/errors';
import { findNativeSetUp, loadNativeBinding } from './native/addon';
import { provideOwnOperations } from './native/own-operations';
import { tf } from './tf';
import { registerWebGpu } from './webgpu/load';

export type BackendName = 'tensorflow' | 'webgpu' | 'cpu';

export interface Backend {
  readonly name: BackendName;
  /** What computes, for people and for stage keys: for instance `tensorflow 2.21.0 (cpu)`. */
  readonly engine: string;
  readonly device: 'cpu' | 'gpu';
  /** Threads inside one operation; 0: TensorFlow's own choice. */
  readonly threads: number;
}

export interface BackendOptions {
  /** Threads inside one operation and for independent operations. Read once, when the first backend is loaded. */
  readonly threads?: number;
}

let active: Backend | undefined;
let hasOwnOperations = false;

/**
 * Chooses what computes in this process.
 * @throws `TENSORFLOW_MISSING`, `TENSORFLOW_BROKEN`, `BACKEND_THREADS_FIXED`, `WEBGPU_MISSING`, `WEBGPU_NO_ADAPTER`
 */
export async function useBackend(name: BackendName, options: BackendOptions = {}): Promise<Backend> {
  if (active?.name === name) {
    if (options.threads !== undefined && options.threads !== active.threads) {
      throw new RethinkError(
        'BACKEND_THREADS_FIXED',
        `This process computes with ${active.threads} threads; TensorFlow cannot change that once it is loaded.`,
        { hint: 'Start another process for another number of threads.' },
      );
    }
    return active;
  }
  const backend = await loaders[name](options);
  await tf.setBackend(name);
  await tf.ready();
  active = backend;
  provideOwnOperations(hasOwnOperations ? nativeBackend() : undefined);
  return backend;
}

/** @throws `BACKEND_NOT_CHOSEN` before `useBackend` */
export function currentBackend(): Backend {
  if (active === undefined) {
    throw new RethinkError('BACKEND_NOT_CHOSEN', 'No backend was chosen.', {
      hint: "Await useBackend('tensorflow') first.",
    });
  }
  return active;
}

/** The native backend, or undefined while another one computes. */
export function nativeBackend(): NodeJSKernelBackend | undefined {
  return active?.name === 'tensorflow' ? (tf.backend() as unknown as NodeJSKernelBackend) : undefined;
}

const loaders: Record<BackendName, (options: BackendOptions) => Promise<Backend>> = {
  tensorflow: loadTensorFlow,
  webgpu: loadWebGpu,
  cpu: () =>
    Promise.resolve({
      name: 'cpu',
      engine: `tfjs ${tf.version_core} (javascript)`,
      device: 'cpu',
      threads: 1,
    }),
};

async function loadTensorFlow({ threads }: BackendOptions): Promise<Backend> {
  if (threads !== undefined) {
    process.env.TF_NUM_INTRAOP_THREADS = String(threads);
    process.env.TF_NUM_INTEROP_THREADS = String(threads);
  }
  const setUp = findNativeSetUp();
  const binding = loadNativeBinding(setUp);
  // Not tfjs-node's own index: it looks for its addon in node_modules, which `npm ci` empties.
  await import('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  const { NodeJSKernelBackend } = await import('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js');
  const backend = new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu');
  tf.registerBackend('tensorflow', () => backend, 3);
  const device = backend.isUsingGpuDevice ? 'gpu' : 'cpu';
  hasOwnOperations = setUp.ownKernels !== undefined && device === 'cpu';
  return {
    name: 'tensorflow',
    engine: `tensorflow ${binding.TF_Version} (${device})`,
    device,
    threads: Number(process.env.TF_NUM_INTRAOP_THREADS ?? 0),
  };
}

async function loadWebGpu(): Promise<Backend> {
  const gpu = await registerWebGpu();
  return { name: 'webgpu', engine: `tfjs ${tf.version_core} (webgpu, ${gpu})`, device: 'gpu', threads: 1 };
}
