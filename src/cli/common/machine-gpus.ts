import type { Gpu } from '../../core/plan/gpu';
import { chooseGpus, type GpuChoice } from '../../host/execution/gpus';
import { deviceReport } from '../../learning/tensor/device-report';
import type { Configuration } from './configuration';

/** The GPUs that stages compute on, of this machine or of a cluster's nodes. @throws RethinkError `GPUS_UNAVAILABLE` */
export async function machineGpus({ backend, gpus, executor, slurm }: Configuration): Promise<GpuChoice> {
  if (executor === 'slurm') {
    return { gpus: slurm.gpus === 0 ? [] : [{ label: 'GPU', name: 'GPU of the cluster' }] };
  }
  const report = () => deviceReport(backend);
  return chooseGpus({ backend, requested: gpus, environment: process.env, report });
}

/** Number of parallel stages that the configuration asks for: in total, or on each GPU. */
export function requestedSlots(
  { slots, stagesPerGpu }: Configuration,
  gpus: readonly Gpu[],
): number | undefined {
  return slots ?? (gpus.length === 0 ? undefined : gpus.length * stagesPerGpu);
}
