import { z } from 'zod';

/** `slurm:` in the configuration. */
export const slurmSchema = z.strictObject({
  partition: z.string().optional().describe('partition of the jobs'),
  account: z.string().optional().describe('account to be charged'),
  gpus: z
    .union([z.number().int().min(0), z.string()])
    .default(0)
    .describe('GPUs of a job: a number, or type:number'),
  cpus: z.number().int().min(1).default(1).describe('CPU cores of a job'),
  memory: z.string().default('4G').describe('memory of a job, for instance 16G'),
  minutes: z
    .number()
    .int()
    .min(1)
    .default(240)
    .describe('time limit of a job; longer stages continue in the next job'),
  maxJobs: z.number().int().min(1).max(10_000).default(100).describe('jobs that may be queued or running'),
  options: z.array(z.string()).default([]).describe('further options of sbatch, for instance --exclude=n7'),
  setup: z
    .array(z.string())
    .default([])
    .describe('shell commands before each job, for instance module load cuda'),
});
export type SlurmSettings = z.output<typeof slurmSchema>;
