import type { StageKind } from '../benchmark/stage';
import type { Slot } from './slots';

/**
 * What of the environment a stage's process gets: what programs need to run, and what steers tensor engines and GPUs.
 * All else stays with the host, tokens and passwords above all.
 */
const passed: readonly RegExp[] = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|TZ|LANG|LANGUAGE|TMPDIR|TEMP|TMP|XDG_CACHE_HOME|XDG_RUNTIME_DIR)$/,
  /^LC_[A-Z]+$/,
  /^(SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA)$/i,
  /^(LD_LIBRARY_PATH|DYLD_LIBRARY_PATH)$/,
  /^(CUDA|NVIDIA|CUDNN|NCCL|TF|XLA|ONEDNN|DNNL|OMP|KMP|MKL|VK|MESA)_[A-Z0-9_]+$/,
  /^RETHINK_(NATIVE|KERNELS|FIXTURES|LOG_LEVEL)$/,
];
const secret = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|PRIVATE/i;

/**
 * What a stage that fetches weights needs beside: how the hub is reached, and the token that opens it. Such a stage
 * runs no plugin's code.
 */
const forFetching =
  /^(HF_(ENDPOINT|TOKEN|HOME|HUB_CACHE|HUB_OFFLINE)|HUGGINGFACE_HUB_CACHE|NODE_EXTRA_CA_CERTS|NODE_USE_ENV_PROXY|(HTTPS?|NO)_PROXY)$/i;

/** What programs need to run, and nothing that opens a door elsewhere. */
export function plainEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  return chosen(environment, () => false);
}

function chosen(environment: NodeJS.ProcessEnv, also: (name: string) => boolean): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    const isPassed = !secret.test(name) && passed.some((pattern) => pattern.test(name));
    if (isPassed || also(name)) result[name] = value;
  }
  return result;
}

/**
 * @param kind of the stage
 * @param slot decides the GPU that is seen
 * @param threads of the tensor engine; read by TensorFlow when it is loaded
 */
export function stageEnvironment(
  environment: NodeJS.ProcessEnv,
  kind: StageKind,
  slot: Slot,
  threads: number,
): Record<string, string> {
  return {
    ...chosen(environment, (name) => kind === 'checkpoint' && forFetching.test(name)),
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    OMP_NUM_THREADS: String(threads),
    TF_CPP_MIN_LOG_LEVEL: environment['TF_CPP_MIN_LOG_LEVEL'] ?? '2',
    // Several processes may share a GPU: none takes all of its memory at its start.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    ...(slot.gpu === undefined ? {} : gpuOf(environment, slot.gpu, slot.sharesGpu === true)),
  };
}

/** The GPU, for the engine and for whoever measures what it draws; numbers are those that nvidia-smi gives. */
function gpuOf(environment: NodeJS.ProcessEnv, index: number, isShared: boolean): Record<string, string> {
  const device = visibleDevice(environment, index);
  return {
    CUDA_VISIBLE_DEVICES: device,
    CUDA_DEVICE_ORDER: environment['CUDA_DEVICE_ORDER'] ?? 'PCI_BUS_ID',
    RETHINK_GPU: device,
    ...(isShared ? { RETHINK_GPU_SHARED: '1' } : {}),
  };
}

/** The n-th of the devices that the host itself may see. */
function visibleDevice(environment: NodeJS.ProcessEnv, index: number): string {
  const devices = (environment['CUDA_VISIBLE_DEVICES'] ?? '').split(',').filter((device) => device !== '');
  return devices[index] ?? String(index);
}
