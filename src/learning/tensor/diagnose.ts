import { RethinkError } from '../../contract/errors';
import { type BackendName } from './backend';
import { probeAdapter, probeTensorFlow } from './device-report';
import { tf } from './tf';

export interface BackendDiagnosis {
  readonly backend: BackendName;
  readonly available: boolean;
  /** Stable: `BACKEND_OK`, `BACKEND_NO_GPU`, or the code of the error. */
  readonly code: string;
  /** One sentence: what it is, or why it is not available. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** Every backend: available, or why not and what to do. Loads none of them into this process. */
export async function diagnoseBackends(): Promise<BackendDiagnosis[]> {
  const tensorflow = diagnose('tensorflow', diagnoseTensorFlow);
  const webgpu = diagnose('webgpu', diagnoseWebGpu);
  const cpu: BackendDiagnosis = {
    backend: 'cpu',
    available: true,
    code: 'BACKEND_OK',
    message:
      'Pure JavaScript: the reference in tests, about a hundred times slower; used only when asked for.',
    details: { tfjs: tf.version_core },
  };
  return [await tensorflow, await webgpu, cpu];
}

type Finding = Omit<BackendDiagnosis, 'backend' | 'available'>;

async function diagnose(backend: BackendName, examine: () => Promise<Finding>): Promise<BackendDiagnosis> {
  try {
    return { backend, available: true, ...(await examine()) };
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    const { code, message, hint } = error;
    return { backend, available: false, code, message, hint, details: {} };
  }
}

async function diagnoseTensorFlow(): Promise<Finding> {
  const { setUp, tensorflow, gpus, reason } = await probeTensorFlow();
  const { addon, manifest, ownKernels } = setUp;
  const gpu = gpus.length > 0;
  const details = {
    tensorflow,
    tfjsNode: manifest.tfjsNode,
    tfjs: tf.version_core,
    source: manifest.source,
    device: gpu ? 'gpu' : 'cpu',
    ownKernels: !gpu && ownKernels !== undefined ? ownKernels : 'none',
    addon,
  };
  if (manifest.device === 'gpu' && !gpu) {
    return {
      code: 'BACKEND_NO_GPU',
      message: `TensorFlow ${tensorflow} with CUDA finds no GPU here and computes on the CPU, ${kernelsText(ownKernels)}.`,
      hint: `Check the NVIDIA driver (nvidia-smi), or run: npm run tensorflow -- --cpu${reason === undefined ? '' : ` (TensorFlow: ${reason})`}`,
      details,
    };
  }
  const old = manifest.source === 'package-installer';
  return {
    code: 'BACKEND_OK',
    message: `TensorFlow ${tensorflow} on the ${gpu ? 'GPU' : `CPU, ${kernelsText(ownKernels)}`}${old ? ', from tfjs-node’s own installer' : ''}.`,
    hint: old
      ? 'For a current one: install Python 3 with pip and a C++ compiler, then: npm run tensorflow'
      : undefined,
    details,
  };
}

/** They compute on the CPU only, and the last digits of results depend on them. */
function kernelsText(ownKernels: string | undefined): string {
  return ownKernels === undefined ? 'without own kernels' : `own kernels ${ownKernels}`;
}

async function diagnoseWebGpu(): Promise<Finding> {
  const { name, code, message, hint } = await probeAdapter();
  if (name === undefined) throw new RethinkError(code!, message!, { hint });
  return { code: 'BACKEND_OK', message: `WebGPU on ${name}.`, details: { gpu: name } };
}
