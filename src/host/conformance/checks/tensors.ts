import { finding, type PluginFinding } from '../finding';

interface Engine {
  memory(): { readonly numTensors: number };
}

/** TensorFlow.js keeps one engine for the whole process, whichever copy of it a plugin loads. */
function tensorCount(): number {
  return (globalThis as { _tfengine?: Engine })._tfengine?.memory().numTensors ?? 0;
}

/** @param work runs twice: tensors that only the first run creates are caches, not leaks */
export async function checkTensors(
  work: () => void | Promise<unknown>,
  what: string,
): Promise<PluginFinding[]> {
  await work();
  const before = tensorCount();
  await work();
  const left = tensorCount() - before;
  return left > 0 ? [finding('CHECK_TENSORS_LEAKED', `${what} left ${left} tensors behind`)] : [];
}
