import type { StageKind } from '../../core/plan/stage';
import type { Slot } from './slots';
import { chosenEnvironment } from '../../core/process/environment';
import { stageKinds } from '../../core/plan/stage-kinds';

/**
 * What a stage that fetches weights requires in addition: how to reach the hub, and its access token. Such a stage
 * runs no plugin's code.
 */
const forFetching =
  /^(HF_(ENDPOINT|TOKEN|HOME|HUB_CACHE|HUB_OFFLINE)|HUGGINGFACE_HUB_CACHE|NODE_EXTRA_CA_CERTS|NODE_USE_ENV_PROXY|(HTTPS?|NO)_PROXY)$/i;

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
    ...chosenEnvironment(environment, (name) => stageKinds[kind].mayFetch && forFetching.test(name)),
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    OMP_NUM_THREADS: String(threads),
    TF_CPP_MIN_LOG_LEVEL: environment['TF_CPP_MIN_LOG_LEVEL'] ?? '2',
    // Several processes may share a GPU: none takes all of its memory at its start.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    ...(slot.gpu === undefined ? {} : gpuOf(environment, slot.gpu, slot.sharesGpu === true)),
  };
}

/** The GPU, for the engine and for the energy meter; numbers are those of nvidia-smi. */
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
