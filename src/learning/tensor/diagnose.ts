import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { RethinkError } from '../../contract/errors';
import { type BackendName } from './backend';
import { findNativeSetUp } from './native/addon';
import { tf } from './tf';
import { sourceFolder } from '../../core/files/package-folder';

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

interface Probe {
  readonly tensorflow: string;
  readonly gpu: boolean;
}

// A library that does not fit the machine may end the process that loads it, so it is tried in another one.
const probe = `
const binding = require(process.argv[1]);
const report = { tensorflow: binding.TF_Version, gpu: binding.isUsingGpuDevice() };
process.stdout.write('FOUND ' + JSON.stringify(report) + '\\n');
`;

async function diagnoseTensorFlow(): Promise<Finding> {
  const { addon, manifest, ownKernels } = findNativeSetUp();
  const { output, status } = await runProbe(['-e', probe, addon]);
  const found = /^FOUND (.*)$/m.exec(output);
  if (status !== 0 || found === null) {
    throw new RethinkError(
      'TENSORFLOW_BROKEN',
      `TensorFlow ${manifest.tensorflow} is set up, but cannot be loaded: ${lastLine(output)}`,
      { hint: 'Run: npm run tensorflow -- --force' },
    );
  }
  const { tensorflow, gpu } = JSON.parse(found[1]!) as Probe;
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
      hint: `Check the NVIDIA driver (nvidia-smi), or run: npm run tensorflow -- --cpu${cudaReason(output)}`,
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

// Dawn reports a missing Vulkan on standard error, outside JavaScript; the message below explains it.
const adapterProbe = `
const { adapterName, findAdapter } = require(process.argv[1]);
findAdapter().then(
  (adapter) => ({ name: adapterName(adapter) }),
  ({ code, message, hint }) => ({ code, message, hint }),
).then((found) => process.stdout.write('FOUND ' + JSON.stringify(found) + '\\n', () => process.exit(0)));
`;

interface AdapterProbe {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

async function diagnoseWebGpu(): Promise<Finding> {
  const { output } = await runProbe([
    '--require',
    join(sourceFolder, 'register.cjs'),
    '-e',
    adapterProbe,
    require.resolve('./webgpu/adapter'),
  ]);
  const found = /^FOUND (.*)$/m.exec(output);
  const { name, code, message, hint } = found === null ? {} : (JSON.parse(found[1]!) as AdapterProbe);
  if (name === undefined) {
    throw new RethinkError(
      code ?? 'WEBGPU_FAILED',
      message ?? `WebGPU can't be loaded: ${lastLine(output)}`,
      { hint },
    );
  }
  return { code: 'BACKEND_OK', message: `WebGPU on ${name}.`, details: { gpu: name } };
}

function runProbe(args: readonly string[]): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0', NODE_OPTIONS: '' },
      timeout: 60_000,
    });
    let output = '';
    const take = (chunk: string) => (output += chunk);
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => resolve({ status: null, output: error.message }));
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** TensorFlow's own explanation of why it sees no GPU. */
function cudaReason(output: string): string {
  const line = output
    .split('\n')
    .find((text) => /cuda|cudnn|GPU/i.test(text) && /^[WE]\d|error|fail|could not/i.test(text));
  return line === undefined ? '' : ` (TensorFlow: ${line.replace(/^.*?\]\s*/, '').trim()})`;
}

function lastLine(output: string): string {
  const lines = output.trim().split('\n');
  return (lines.find((line) => line.includes('Error:')) ?? lines.at(-1) ?? '').trim();
}
