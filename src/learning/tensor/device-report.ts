import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { RethinkError } from '../../contract/errors';
import { sourceFolder } from '../../core/files/package-folder';
import { type BackendName } from './backend';
import { findNativeSetUp, type NativeSetUp } from './native/addon';

/** A GPU that a backend can use. */
export interface BackendGpu {
  /** The backend's own number of it: TensorFlow counts what `CUDA_VISIBLE_DEVICES` leaves, from 0. */
  readonly index: number;
  readonly name: string;
  /** Memory that the backend may take, in bytes; absent where it is not stated. */
  readonly memoryBytes?: number;
  /** For instance `0000:3b:00.0`, as `nvidia-smi` prints it with four more zeros; only of CUDA. */
  readonly pciBusId?: string;
}

export interface DeviceReport {
  readonly backend: BackendName;
  /** What is installed. A `cpu` build of TensorFlow uses no GPU, whatever the machine has. */
  readonly build: 'cpu' | 'cuda' | 'webgpu' | 'javascript';
  readonly gpus: readonly BackendGpu[];
  /** Why a build for GPUs uses none, where the backend states a reason. */
  readonly reason?: string;
}

/**
 * Which GPUs a backend can use: the answer of its addon, which a child process loads (about a second; nothing is loaded
 * into this process). The answer follows `CUDA_VISIBLE_DEVICES` of the environment that is given.
 * @throws `TENSORFLOW_MISSING`, `TENSORFLOW_BROKEN`
 */
export async function deviceReport(
  backend: BackendName,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<DeviceReport> {
  switch (backend) {
    case 'cpu':
      return { backend, build: 'javascript', gpus: [] };
    case 'webgpu': {
      const { name, message } = await probeAdapter(environment);
      return name === undefined
        ? { backend, build: 'webgpu', gpus: [], reason: message }
        : { backend, build: 'webgpu', gpus: [{ index: 0, name }] };
    }
    case 'tensorflow': {
      const { setUp, gpus, reason } = await probeTensorFlow(environment);
      const build = setUp.manifest.device === 'gpu' ? 'cuda' : 'cpu';
      return { backend, build, gpus, ...(build === 'cuda' && gpus.length === 0 && { reason }) };
    }
  }
}

export interface TensorFlowProbe {
  readonly setUp: NativeSetUp;
  /** Its version. */
  readonly tensorflow: string;
  readonly gpus: readonly BackendGpu[];
  /** TensorFlow's own explanation of why it uses no GPU. */
  readonly reason?: string;
}

// A library that does not fit the machine may end the process that loads it, so it is tried in another one.
const probe = `
const binding = require(process.argv[1]);
const report = { tensorflow: binding.TF_Version, gpu: binding.isUsingGpuDevice() };
process.stdout.write('FOUND ' + JSON.stringify(report) + '\\n');
`;

/** TensorFlow logs each GPU that it opens; its addon answers only whether there is one. */
const openedGpu =
  /device:GPU:(\d+) with (\d+) MB memory:\s+-> device: \d+, name: (.+?), pci bus id: ([\da-f:.]+)/gi;

/** Loads TensorFlow's addon in a child process. @throws `TENSORFLOW_MISSING`, `TENSORFLOW_BROKEN` */
export async function probeTensorFlow(environment = process.env): Promise<TensorFlowProbe> {
  const setUp = findNativeSetUp();
  const { output, status } = await runProbe(['-e', probe, setUp.addon], environment);
  const found = /^FOUND (.*)$/m.exec(output);
  if (status !== 0 || found === null) {
    throw new RethinkError(
      'TENSORFLOW_BROKEN',
      `TensorFlow ${setUp.manifest.tensorflow} is set up, but cannot be loaded: ${lastLine(output)}`,
      { hint: 'Run: npm run tensorflow -- --force' },
    );
  }
  const { tensorflow, gpu } = JSON.parse(found[1]!) as { tensorflow: string; gpu: boolean };
  const opened = Array.from(output.matchAll(openedGpu), ([, index, mebibytes, name, pciBusId]) => ({
    index: Number(index),
    name: name!,
    memoryBytes: Number(mebibytes) * 2 ** 20,
    pciBusId: pciBusId!,
  }));
  const gpus = opened.length > 0 ? opened : [{ index: 0, name: 'GPU' }];
  return gpu ? { setUp, tensorflow, gpus } : { setUp, tensorflow, gpus: [], reason: cudaReason(output) };
}

// Dawn reports a missing Vulkan on standard error, outside JavaScript; the message below explains it.
const adapterProbe = `
const { adapterName, findAdapter } = require(process.argv[1]);
findAdapter().then(
  (adapter) => ({ name: adapterName(adapter) }),
  ({ code, message, hint }) => ({ code, message, hint }),
).then((found) => process.stdout.write('FOUND ' + JSON.stringify(found) + '\\n', () => process.exit(0)));
`;

/** Looks for WebGPU's GPU in a child process: its name, or what `findAdapter` throws. */
export async function probeAdapter(environment = process.env): Promise<{
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}> {
  const register = join(sourceFolder, 'register.cjs');
  const adapter = require.resolve('./webgpu/adapter');
  const { output } = await runProbe(['--require', register, '-e', adapterProbe, adapter], environment);
  const found = /^FOUND (.*)$/m.exec(output);
  if (found !== null) return JSON.parse(found[1]!) as Awaited<ReturnType<typeof probeAdapter>>;
  return { code: 'WEBGPU_FAILED', message: `WebGPU cannot be loaded: ${lastLine(output)}` };
}

function runProbe(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, TF_CPP_MIN_LOG_LEVEL: '0', NODE_OPTIONS: '' },
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

function cudaReason(output: string): string | undefined {
  const line = output
    .split('\n')
    .find((text) => /cuda|cudnn|GPU/i.test(text) && /^[WE]\d|error|fail|could not/i.test(text));
  return line?.replace(/^.*?\]\s*/, '').trim();
}

function lastLine(output: string): string {
  const lines = output.trim().split('\n');
  return (lines.find((line) => line.includes('Error:')) ?? lines.at(-1) ?? '').trim();
}
