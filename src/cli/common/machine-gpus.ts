import type { Gpu } from '../../core/plan/gpu';
import { chooseGpus, type GpuChoice } from '../../host/execution/gpus';
import { deviceReport } from '../../learning/tensor/device-report';
import type { Configuration } from './configuration';

/** The GPUs of this machine that stages compute on. @throws RethinkError `GPUS_UNAVAILABLE` */
export function machineGpus({ backend, gpus }: Configuration): Promise<GpuChoice> {
  const report = () => deviceReport(backend);
  return chooseGpus({ backend, requested: gpus, environment: process.env, report });
}

/** The GPUs of the machines where the configuration runs stages; those of a cluster are not known before a job runs. */
export async function executorGpus(configuration: Configuration): Promise<GpuChoice> {
  const { executor, slurm } = configuration;
  if (executor === 'local') return machineGpus(configuration);
  return { gpus: slurm.gpus === 0 ? [] : [{ label: 'GPU', name: 'GPU of the cluster' }] };
}

/** Number of parallel stages that the configuration asks for: in total, or on each GPU. */
export function requestedSlots(
  { slots, stagesPerGpu }: Configuration,
  gpus: readonly Gpu[],
): number | undefined {
  return slots ?? (gpus.length === 0 ? undefined : gpus.length * stagesPerGpu);
}
