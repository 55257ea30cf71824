import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from '../../core/files/atomic-file';
import type { CheckReport } from './check-plugin';
import { Workspace } from '../../core/artifact/workspace';

/** Reports are found by the digest of the code, wherever it is. */
const reportFile = (workspace: string, codeDigest: string): string =>
  new Workspace(workspace).conformanceReport(codeDigest);

/** Stores a report in the workspace, unless the code was unreadable and so has no digest. */
export async function storeReport(workspace: string, report: CheckReport): Promise<void> {
  if (report.codeDigest === undefined) return;
  await writeFileAtomically(reportFile(workspace, report.codeDigest), `${JSON.stringify(report, null, 2)}\n`);
}

/** The last report on exactly this code. */
export function readReport(workspace: string, codeDigest: string): CheckReport | undefined {
  const file = reportFile(workspace, codeDigest);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CheckReport;
  } catch {
    // The check can be run again.
    return undefined;
  }
}
