/** What the process says when it ends; part of the documented interface. */
export const exitCodes = {
  ok: 0,
  /** A defect of ours, or of a plugin, that nobody caught. */
  defect: 1,
  /** Wrong usage or bad input: a flag, a benchmark file, a data set, an annotation file. */
  input: 2,
  /** The run came to its end, but stages failed; the check did, and found errors. */
  failed: 3,
  /** The machine lacks something: TensorFlow, disk space, a port. */
  environment: 4,
  /** Another run holds the workspace or its database. */
  busy: 5,
  /** Ctrl-C; what was done is kept. */
  interrupted: 130,
} as const;

const environmentCodes =
  /^(TENSOR|BACKEND|ENGINE|DISK|READ_ONLY|NO_PERMISSION|TOO_MANY_FILES|PORT|RESULTS_(DISK|NOT_WRITABLE|UNREACHABLE|DENIED))/;

/** The exit code that fits an error's stable code. */
export function exitCodeOf(code: string): number {
  if (code === 'WORKSPACE_BUSY' || code === 'RESULTS_BUSY') return exitCodes.busy;
  return environmentCodes.test(code) ? exitCodes.environment : exitCodes.input;
}
