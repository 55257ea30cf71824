import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from '../../core/files/atomic-file';
import type { CheckReport } from './check-plugin';
import { Workspace } from '../../core/artifact/workspace';

/** What was checked is the code, wherever it lies: reports are found by its digest. */
const reportFile = (workspace: string, codeDigest: string): string =>
  new Workspace(workspace).conformanceReport(codeDigest);

/** Keeps a report in the workspace; one of unreadable code has no digest to be found by, and is not kept. */
export async function keepReport(workspace: string, report: CheckReport): Promise<void> {
  if (report.codeDigest === undefined) return;
  await writeFileAtomically(reportFile(workspace, report.codeDigest), `${JSON.stringify(report, null, 2)}\n`);
}

/** The last report on this very code. */
export function readReport(workspace: string, codeDigest: string): CheckReport | undefined {
  const file = reportFile(workspace, codeDigest);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CheckReport;
  } catch {
    // A torn file is as good as none: the check can be run again.
    return undefined;
  }
}
