import { trialId } from '../../core/plan/axes';
import type { TrialRecord } from '../../results/database/records';

/** A word of a shell command, quoted where it must be (POSIX). */
function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command that runs one trial again, from the repository's root. */
export function rerunCommand(
  benchmarkFile: string,
  { id, axes, control }: Pick<TrialRecord, 'id' | 'axes' | 'control'>,
): string {
  // A control is on no axis: it is planned with the trial that has to beat it.
  const selector = control === undefined ? id : trialId({ ...axes, ...control.of[0]! });
  return `npm run -s rethink -- run ${shellWord(benchmarkFile)} --only ${shellWord(selector)}`;
}
