import { RethinkError } from '../../contract';
import { formatGpus, type Gpu } from '../../core/plan/gpu';
import { listNvidiaGpus, type NvidiaGpu } from '../../core/process/nvidia-smi';
import type { DeviceReport } from '../../learning/tensor/device-report';

/** The GPUs that a run uses. */
export interface GpuChoice {
  readonly gpus: readonly Gpu[];
  /** Why the machine's GPUs are not used, if nobody asked for that. */
  readonly note?: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** A GPU with how the environment and `--gpus` refer to it. */
interface Device extends Gpu {
  readonly uuid: string;
  readonly index: number;
  readonly pciBusId: string;
}

export interface GpuRequest {
  readonly backend: DeviceReport['backend'];
  /** `none`, a number of GPUs, or indices and UUIDs separated by commas; all by default. */
  readonly requested?: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What the backend can use. */
  readonly report: () => Promise<DeviceReport>;
  readonly timeoutMs?: number;
}

/**
 * The GPUs that stages compute on: those of the machine that `CUDA_VISIBLE_DEVICES` leaves, that the backend can use and
 * that are requested.
 *
 * @throws RethinkError `GPUS_UNAVAILABLE` if requested GPUs cannot be used
 */
export async function chooseGpus(request: GpuRequest): Promise<GpuChoice> {
  const { backend, requested, environment, report } = request;
  if (requested === 'none' || backend === 'cpu') {
    if (requested !== undefined && requested !== 'none') {
      throw unavailable('The backend cpu uses no GPU.', 'Choose another with --backend, or omit --gpus.');
    }
    return { gpus: [] };
  }
  if (backend === 'webgpu') return chooseAdapter(requested, await report());
  const { gpus, problem } = await listNvidiaGpus(request.timeoutMs);
  const devices = gpus.flatMap(devicesOf);
  const visible = visibleDevices(devices, environment['CUDA_VISIBLE_DEVICES']);
  if (visible.length === 0) {
    if (requested !== undefined) throw unavailable(noGpu(devices, problem));
    const hint = 'Check the NVIDIA driver, or choose --gpus none.';
    return {
      gpus: [],
      ...(problem !== undefined && { note: { code: 'GPU_DRIVER', message: problem, hint } }),
    };
  }
  const found = await report();
  const usable = visible.filter((device) => isUsable(device, found));
  if (usable.length > 0) return { gpus: select(usable, requested) };
  const note = whyUnusable(visible, found);
  if (requested !== undefined) throw unavailable(note.message, note.hint);
  return { gpus: [], note };
}

function devicesOf({ index, uuid, name, pciBusId, memoryBytes, parts }: NvidiaGpu): Device[] {
  const label = `GPU ${index}`;
  if (parts === undefined) return [{ index, uuid, label, name, pciBusId, memoryBytes }];
  return parts.map(({ uuid: part, profile }, at): Device => ({
    index,
    uuid: part,
    label: `${label} MIG ${at}`,
    name: `${name} MIG ${profile}`,
    pciBusId,
    isPart: true,
  }));
}

/**
 * The devices that a value of `CUDA_VISIBLE_DEVICES` leaves, in its order. As in CUDA, an invalid entry ends the list; a
 * UUID may be abbreviated, and the index of a partitioned GPU means its first MIG device.
 */
export function visibleDevices<T extends Pick<Device, 'index' | 'uuid'>>(
  devices: readonly T[],
  value: string | undefined,
): readonly T[] {
  if (value === undefined) return devices;
  const visible: T[] = [];
  for (const entry of value.split(',')) {
    const device = findDevice(devices, entry.trim());
    if (device === undefined || visible.includes(device)) break;
    visible.push(device);
  }
  return visible;
}

function findDevice<T extends Pick<Device, 'index' | 'uuid'>>(
  devices: readonly T[],
  entry: string,
): T | undefined {
  if (/^\d+$/.test(entry)) return devices.find(({ index }) => index === Number(entry));
  if (!/^(GPU|MIG)-./.test(entry)) return undefined;
  const found = devices.filter(({ uuid }) => uuid.toLowerCase().startsWith(entry.toLowerCase()));
  return found.length === 1 ? found[0] : undefined;
}

/** TensorFlow sees one MIG device at most, and leaves out GPUs that are too old or too slow. */
function isUsable({ isPart, pciBusId }: Device, { gpus }: DeviceReport): boolean {
  if (isPart === true) return gpus.length > 0;
  // The length of the PCI domain differs.
  const short = (id: string) => id.toLowerCase().slice(-'0000:00:00.0'.length);
  return gpus.some((gpu) => gpu.pciBusId === undefined || short(gpu.pciBusId) === short(pciBusId));
}

/** @param requested see `GpuRequest` */
function select(usable: readonly Device[], requested: string | undefined): readonly Gpu[] {
  if (requested === undefined) return usable;
  const available = usable.map(({ label, name }) => `${label} (${name})`).join(', ');
  if (/^\d+$/.test(requested)) {
    const count = Number(requested);
    if (count <= usable.length) return usable.slice(0, count);
    throw unavailable(`${count} GPUs were requested, but ${usable.length} can be used: ${available}.`);
  }
  return requested
    .split(',')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const device = findDevice(usable, entry.trim());
      if (device !== undefined) return device;
      throw unavailable(`GPU "${entry.trim()}" cannot be used; these can: ${available}.`);
    });
}

function chooseAdapter(requested: string | undefined, { gpus, reason }: DeviceReport): GpuChoice {
  const [gpu] = gpus;
  if (gpu === undefined) {
    if (requested !== undefined) throw unavailable(reason ?? 'WebGPU finds no GPU.');
    return { gpus: [] };
  }
  if (requested !== undefined && requested !== '1') {
    throw unavailable(
      'The backend webgpu chooses its GPU itself, the fastest one.',
      'Omit --gpus, or use the backend tensorflow.',
    );
  }
  return { gpus: [{ label: 'GPU', name: gpu.name }] };
}

function noGpu(devices: readonly Device[], problem: string | undefined): string {
  if (problem !== undefined) return problem;
  return devices.length > 0
    ? 'CUDA_VISIBLE_DEVICES hides all GPUs of this machine.'
    : 'This machine has no NVIDIA GPU.';
}

function whyUnusable(visible: readonly Device[], { build, reason }: DeviceReport) {
  const names = formatGpus(visible)!;
  if (build === 'cpu') {
    return {
      code: 'GPU_CPU_BUILD',
      message: `The installed TensorFlow is for the CPU, so it cannot use ${names}.`,
      hint: 'Run: npm run tensorflow -- --gpu (or choose --gpus none)',
    };
  }
  return {
    code: 'GPU_UNUSABLE',
    message: `TensorFlow cannot use ${names}${reason === undefined ? '' : `: ${reason.replace(/\.$/, '')}`}.`,
    hint: 'Check the NVIDIA driver with nvidia-smi (or choose --gpus none).',
  };
}

function unavailable(message: string, hint?: string): RethinkError {
  return new RethinkError('GPUS_UNAVAILABLE', message, { location: { path: '--gpus' }, hint });
}

/** Whether a GPU that was there is gone: nvidia-smi answers, but no longer lists it. */
export async function isLost({ uuid, isPart }: Gpu): Promise<boolean> {
  if (uuid === undefined) return false;
  const { gpus, problem } = await listNvidiaGpus();
  if (problem !== undefined) return /is lost/i.test(problem);
  const known = gpus.flatMap((gpu) => (isPart === true ? (gpu.parts ?? []) : [gpu]).map((each) => each.uuid));
  return !known.includes(uuid);
}
