/** Exit codes of the process; part of the documented interface. */
export const exitCodes = {
  ok: 0,
  /** An internal error: a bug of this software, or of a plugin. */
  defect: 1,
  /** Wrong usage or invalid input: an option, a benchmark file, a data set, an annotation file. */
  input: 2,
  /** The run ended, but stages failed or every trial was skipped; or a check found errors. */
  failed: 3,
  /** The machine lacks something: TensorFlow, disk space, a port. */
  environment: 4,
  /** Another run uses the workspace or its database. */
  busy: 5,
  /** Ctrl-C; finished work is saved. */
  interrupted: 130,
} as const;

const environmentCodes =
  /^(TENSOR|BACKEND|ENGINE|DISK|READ_ONLY|NO_PERMISSION|TOO_MANY_FILES|PORT|BATCH|RESULTS_(DISK|NOT_WRITABLE|UNREACHABLE|DENIED))/;

/** Exit code for an error code. */
export function exitCodeOf(code: string): number {
  if (code === 'WORKSPACE_BUSY' || code === 'JOBS_UNDER_WAY' || code === 'RESULTS_BUSY')
    return exitCodes.busy;
  return environmentCodes.test(code) ? exitCodes.environment : exitCodes.input;
}
