import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import { estimateCpuEnergy, sumEnergy } from '../../core/cost/energy-model';
import { EnergyMeter } from './energy';
import { NvidiaPower } from './nvidia-power';
import { processTree, residentBytes } from '../../core/process/process-tree';
import type { Energy } from '../../core/plan/ledger';

const MEMORY_POLL_MS = 1000;

export interface StageUse {
  /** Absent where it is unknown, or cannot be separated from that of another stage on the same GPU. */
  readonly energy?: Energy;
  /** Of the process with all that it started. */
  readonly peakMemoryBytes: number;
  readonly peakDeviceMemoryBytes?: number;
}

/** Energy and memory of a stage's process, from its start to `stop`. */
export class StageMeter {
  private readonly cpu = new EnergyMeter();
  private readonly gpu?: NvidiaPower;
  private readonly timer: NodeJS.Timeout;
  private treePeak = 0;

  /** @param environment names the stage's GPU, and whether another stage shares it (`stageEnvironment`) */
  constructor(private readonly environment: NodeJS.ProcessEnv = process.env) {
    const device = environment['RETHINK_GPU'];
    if (device !== undefined && device !== '') this.gpu = new NvidiaPower(device);
    this.timer = setInterval(() => this.look(), MEMORY_POLL_MS).unref();
  }

  stop(): StageUse {
    clearInterval(this.timer);
    this.look();
    // Node gives kilobytes.
    const own = process.resourceUsage().maxRSS * 1024;
    const peakMemoryBytes = Math.max(own, this.treePeak);
    const { user, system } = process.cpuUsage();
    const cpu =
      this.cpu.stop() ??
      estimateCpuEnergy({
        cpu: cpus()[0]?.model ?? '',
        cpuSeconds: (user + system) / 1e6,
        memoryBytes: peakMemoryBytes,
        wallSeconds: performance.now() / 1000,
      });
    const { gpu } = this;
    if (gpu === undefined) return { energy: cpu, peakMemoryBytes };
    const gpuEnergy = gpu.stop();
    const isShared = this.environment['RETHINK_GPU_SHARED'] === '1';
    const energy = isShared ? undefined : sumEnergy([cpu, gpuEnergy]);
    return {
      ...(energy === undefined ? {} : { energy }),
      peakMemoryBytes,
      ...(gpu.peakMemoryBytes > 0 && !isShared ? { peakDeviceMemoryBytes: gpu.peakMemoryBytes } : {}),
    };
  }

  private look(): void {
    this.treePeak = Math.max(this.treePeak, residentBytes(processTree(process.pid)));
  }
}
