import { RethinkError } from '../../../contract/errors';

/** What of the WebGPU interface is used here; TypeScript's own types of it belong to browsers. */
export interface GpuAdapter {
  readonly features: ReadonlySet<string>;
  readonly limits: Readonly<Record<string, number>>;
  readonly info: { readonly vendor: string; readonly architecture: string; readonly description: string };
  requestDevice(descriptor: object): Promise<GpuDevice>;
}
export interface GpuDevice {
  addEventListener(type: 'uncapturederror', listener: (event: { error: { message: string } }) => void): void;
}
interface Gpu {
  requestAdapter(options?: object): Promise<GpuAdapter | null>;
}

let gpu: Gpu | undefined;

/**
 * The machine's GPU by Dawn (npm package `webgpu`: Vulkan, Metal or Direct3D 12).
 * @throws `WEBGPU_MISSING` where the package is not installed, `WEBGPU_NO_ADAPTER` where it finds no GPU
 */
export async function findAdapter(): Promise<GpuAdapter> {
  gpu ??= await loadDawn();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter !== null) return adapter;
  throw new RethinkError('WEBGPU_NO_ADAPTER', 'WebGPU finds no GPU on this machine.', {
    hint:
      process.platform === 'linux'
        ? 'Install the GPU’s Vulkan driver and its loader (Debian, Ubuntu: apt install libvulkan1 mesa-vulkan-drivers).'
        : 'Update the GPU’s driver.',
  });
}

/** The GPU under a short name. */
export function adapterName({ info }: GpuAdapter): string {
  return [info.vendor, info.architecture, info.description].filter((part) => part !== '').join(' ');
}

async function loadDawn(): Promise<Gpu> {
  let dawn: { create(options: string[]): Gpu; globals: object };
  try {
    dawn = (await import('webgpu')) as unknown as typeof dawn;
  } catch (cause) {
    throw new RethinkError(
      'WEBGPU_MISSING',
      'The package “webgpu” is not installed, or not for this platform.',
      {
        hint: 'Run: npm ci --include=optional',
        cause,
      },
    );
  }
  Object.assign(globalThis, dawn.globals);
  const created = dawn.create([]);
  // TensorFlow.js looks for it where a browser has it.
  const scope = globalThis as { navigator?: object };
  if (scope.navigator === undefined) {
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(scope.navigator, 'gpu', { value: created, configurable: true });
  return created;
}
