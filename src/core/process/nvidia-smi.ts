import { execFile } from 'node:child_process';

/** A GPU of this machine as nvidia-smi reports it. */
export interface NvidiaGpu {
  /** By PCI bus, from 0. */
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  /** For instance `00000000:3B:00.0`. */
  readonly pciBusId: string;
  readonly memoryBytes?: number;
  /** Its MIG devices where it is partitioned: then programs compute on those alone. */
  readonly parts?: readonly MigDevice[];
}

/** A part of a GPU with its own memory. */
export interface MigDevice {
  readonly uuid: string;
  /** For instance `1g.5gb`. */
  readonly profile: string;
}

export interface NvidiaReport {
  readonly gpus: readonly NvidiaGpu[];
  /** One sentence if nvidia-smi is installed but gives no usable answer. */
  readonly problem?: string;
}

/** It answers within a second, unless the driver is in trouble. */
const TIMEOUT_MS = 10_000;

const QUERY = '--query-gpu=index,uuid,pci.bus_id,memory.total,mig.mode.current,name';
const ROW = /^(\d+), (GPU-[\w-]+), ([\dA-Fa-f:.]+), (\S+), (\S+), (.+)$/;

/** GPUs with an NVIDIA driver; none where there is no nvidia-smi. Never throws. */
export async function listNvidiaGpus(timeoutMs = TIMEOUT_MS): Promise<NvidiaReport> {
  const answer = await nvidiaSmi([QUERY, '--format=csv,noheader,nounits'], timeoutMs);
  if ('missing' in answer) return { gpus: [] };
  if ('problem' in answer) return { gpus: [], problem: answer.problem };
  const rows = answer.output.split('\n').flatMap((line) => {
    const [, index, uuid, pciBusId, memory, mig, name] = ROW.exec(line.trim()) ?? [];
    if (uuid === undefined) return [];
    const memoryBytes = /^\d+$/.test(memory!) ? Number(memory) * 2 ** 20 : undefined;
    const gpu = { index: Number(index), uuid, name: name!, pciBusId: pciBusId!, memoryBytes };
    return [{ gpu, isPartitioned: mig === 'Enabled' }];
  });
  if (rows.length === 0 && answer.output.trim() !== '') {
    return { gpus: [], problem: `nvidia-smi printed no GPU but "${firstLine(answer.output)}".` };
  }
  if (rows.every(({ isPartitioned }) => !isPartitioned)) return { gpus: rows.map(({ gpu }) => gpu) };
  const parts = await listMigDevices(timeoutMs);
  return {
    gpus: rows.map(({ gpu, isPartitioned }) =>
      isPartitioned ? { ...gpu, parts: parts.get(gpu.uuid) ?? [] } : gpu,
    ),
  };
}

/** MIG devices by the UUID of their GPU; only `nvidia-smi -L` lists them. */
async function listMigDevices(timeoutMs: number): Promise<Map<string, MigDevice[]>> {
  const answer = await nvidiaSmi(['-L'], timeoutMs);
  const devices = new Map<string, MigDevice[]>();
  let current: MigDevice[] = [];
  for (const line of 'output' in answer ? answer.output.split('\n') : []) {
    const gpu = /^GPU \d+: .*\(UUID: (GPU-[\w-]+)\)/.exec(line)?.[1];
    if (gpu !== undefined) devices.set(gpu, (current = []));
    const [, profile, uuid] = /^\s+MIG (\S+).*\(UUID: (MIG-[^)\s]+)\)/.exec(line) ?? [];
    if (uuid !== undefined) current.push({ uuid, profile: profile! });
  }
  return devices;
}

type Answer = { readonly output: string } | { readonly problem: string } | { readonly missing: true };

function nvidiaSmi(args: readonly string[], timeout: number): Promise<Answer> {
  return new Promise((resolve) => {
    execFile('nvidia-smi', args, { timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) return resolve({ output: stdout });
      if (error.code === 'ENOENT') return resolve({ missing: true });
      if (error.killed === true) {
        return resolve({ problem: `nvidia-smi did not answer within ${timeout / 1000} s.` });
      }
      if (/No devices were found/i.test(stdout + stderr)) return resolve({ output: '' });
      // A lost GPU makes it fail, although it lists the others.
      if (stdout.split('\n').some((line) => ROW.test(line.trim()))) return resolve({ output: stdout });
      const reason = firstLine(stdout) || firstLine(stderr) || `exit code ${error.code}`;
      resolve({ problem: `nvidia-smi failed: ${reason.replace(/\.$/, '')}.` });
    });
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]!.slice(0, 200);
}
