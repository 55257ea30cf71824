/** A word of a shell command, quoted where it must be (POSIX). */
function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command that runs one trial again, from the repository's root. */
export function rerunCommand(benchmarkFile: string, trialId: string): string {
  return `npm run -s rethink -- run ${shellWord(benchmarkFile)} --only ${shellWord(trialId)}`;
}
