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
    ...gpuEnvironment(slot),
  };
}

/** The only GPU that the engine sees, and whose power the stage measures. */
function gpuEnvironment({ gpu, sharesGpu, memoryShare }: Slot): Record<string, string> {
  // CUDA ends its list of devices at an invalid index, so none is left.
  if (gpu === undefined) return { CUDA_VISIBLE_DEVICES: '-1' };
  const { uuid, isPart } = gpu;
  if (uuid === undefined) return {};
  return {
    CUDA_VISIBLE_DEVICES: uuid,
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    RETHINK_GPU: uuid,
    ...(memoryShare !== undefined && { RETHINK_GPU_MEMORY_SHARE: String(memoryShare) }),
    ...((sharesGpu === true || isPart === true) && { RETHINK_GPU_SHARED: '1' }),
  };
}
