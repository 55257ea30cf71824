import type { BatchSystem } from './batch-system';
import { BatchJobs } from './batch-jobs';
import { JobFolder } from './job-folder';

/** A stage that a batch system runs, or will run. */
export interface JobListing {
  readonly key: string;
  readonly label: string;
  readonly kind: string;
  /** `ended`: the next run takes its result. */
  readonly state: 'queued' | 'running' | 'ended';
  /** Id of the job, as far as it is known. */
  readonly job?: string;
  readonly node?: string;
  /** When it was submitted, or started. */
  readonly since: string;
  /** The state in the words of the batch system. */
  readonly description?: string;
}

/** Stages that are under way as jobs, by their files alone. */
export function listJobs(workspace: string): JobListing[] {
  return JobFolder.all(workspace).flatMap((folder) => {
    const file = folder.read('job');
    if (file === undefined) return [];
    const start = folder.read('start');
    const { key, label, kind } = file.job.stage;
    const state = folder.read('end') !== undefined ? 'ended' : start === undefined ? 'queued' : 'running';
    return {
      key,
      label,
      kind,
      state,
      job: start?.id,
      node: start?.node,
      since: start?.startedAt ?? file.submittedAt,
    };
  });
}

/** The same with the states of the batch system, if it answers; jobs that it does not know have ended. */
export async function queryJobs(workspace: string, system: BatchSystem): Promise<JobListing[]> {
  const listed = listJobs(workspace);
  if (listed.length === 0) return [];
  const jobs = new BatchJobs(system, workspace);
  const isAnswered = await jobs.answered(AbortSignal.timeout(10_000)).catch(() => false);
  if (!isAnswered) return listed;
  return listed.map((listing): JobListing => {
    const leader = new JobFolder(workspace, listing.key).read('job')?.leader ?? listing.key;
    const state = jobs.stateOf(leader);
    if (typeof state !== 'object' || state.phase === 'ended') return { ...listing, state: 'ended' };
    // A job that was requeued still has the files of its first start.
    const phase = state.phase === 'queued' ? 'queued' : listing.state;
    return { ...listing, state: phase, job: state.id, description: state.description };
  });
}
