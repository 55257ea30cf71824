/** A job to be submitted: a worker that runs stages one after the other. */
export interface BatchJob {
  /** Jobs of one name never run at the same time: two hosts that submit the same stage do not run it twice. */
  readonly name: string;
  /** The worker's command. */
  readonly command: readonly string[];
  /** Must be readable on the node; its absence is reported by the exit code `unseenWorkspace`. */
  readonly file: string;
  readonly logFile: string;
}

export interface BatchState {
  readonly id: string;
  readonly phase: 'queued' | 'running' | 'ended';
  /** The system's own name of the state, perhaps with its reason. */
  readonly description: string;
}

/** How a job ended, as far as the system knows. */
export interface BatchEnding {
  /** `node`: the node could not run any stage. `interrupted`: by the system or by hand. */
  readonly cause: 'completed' | 'node' | 'storage' | 'memory' | 'preempted' | 'interrupted' | 'crash';
  readonly description: string;
  readonly hint?: string;
}

/** A system that runs jobs on other machines: SLURM, Kubernetes, … */
export interface BatchSystem {
  /** For messages. */
  readonly name: string;
  /**
   * Submits a job that is requeued if its node fails.
   *
   * @returns its id; `undefined` if the system cannot take it at present
   * @throws RethinkError `BATCH_REFUSED` if it never will
   */
  submit(job: BatchJob): Promise<string | undefined>;
  /**
   * All jobs of the user, by name, including those that ended recently; of several with one name, the one that has not
   * ended, else the last. One query.
   *
   * @returns `undefined` if the system does not answer at present
   * @throws RethinkError `BATCH_MISSING` if it is not installed
   */
  list(): Promise<ReadonlyMap<string, BatchState> | undefined>;
  /** @param immediately without giving stages time to save their progress */
  cancel(ids: readonly string[], immediately: boolean): Promise<void>;
  /** Why a job ended that left no word of its end. */
  ending(id: string): Promise<BatchEnding>;
}

/** Exit codes of a job's script and worker. */
export const jobExitCodes = {
  unseenWorkspace: 95,
  unseenProject: 96,
  noNode: 97,
  storage: 98,
  noGpu: 99,
} as const;
