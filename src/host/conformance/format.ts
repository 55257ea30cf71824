import type { CheckReport } from './check-plugin';
import type { CheckOutcome, PluginFinding } from './finding';

const marks = { passed: '✓', failed: '✗', skipped: '·' } as const;

/** One line a check, and its findings below. */
export function formatCheckOutcome({ status, title, seconds, findings }: CheckOutcome): string {
  const time = status === 'skipped' ? '' : `  ${seconds.toFixed(1)} s`;
  return [`${marks[status]} ${title}${time}`, ...findings.map((found) => formatFinding(found))].join('\n');
}

export function formatFinding({ code, severity, expected, seen, fix }: PluginFinding): string {
  return [
    `  ${severity} ${code}`,
    `    expected  ${expected}`,
    `    seen      ${seen}`,
    `    →         ${fix}`,
  ].join('\n');
}

export function formatConclusion({ kind, name, passed, checks, seconds }: CheckReport): string {
  const findings = checks.flatMap((check) => check.findings);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const notes = findings.length - errors;
  const verdict = passed ? 'is sound' : `has ${errors} ${errors === 1 ? 'error' : 'errors'}`;
  const more = notes === 0 ? '' : `, ${notes} ${notes === 1 ? 'note' : 'notes'}`;
  const time = `${seconds.toFixed(0)} s`;
  return `${kind} "${name}" ${verdict}${more} (${time})`;
}
