import { join } from 'node:path';
import { packageFolder } from '../../../core/files/package-folder';
import { type BatchJob, jobExitCodes } from './batch-system';

/** A word of a shell command. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The shell script of a job: checks that the node can run stages, and becomes the worker.
 *
 * @param setup commands of the user, for instance `module load …`
 * @param variables of the worker's environment, as shell expressions
 */
export function jobScript(
  { command, file, logFile }: BatchJob,
  setup: readonly string[],
  variables: Readonly<Record<string, string>>,
): string {
  const [node, ...args] = command.map(quote);
  const { unseenWorkspace, unseenProject, noNode } = jobExitCodes;
  return `#!/bin/bash
# A file system may show new files late.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -r ${quote(file)} ] && break
  ls ${quote(join(file, '..'))} >/dev/null 2>&1
  sleep 1
done
[ -r ${quote(file)} ] || exit ${unseenWorkspace}
[ -r ${quote(join(packageFolder, 'package.json'))} ] || exit ${unseenProject}
(: >>${quote(logFile)}) 2>/dev/null && exec >>${quote(logFile)} 2>&1
${setup.join('\n')}
node=${node}
[ -x "$node" ] || node=$(command -v node)
[ -x "$node" ] || exit ${noNode}
${Object.entries(variables)
  .map(([name, value]) => `export ${name}="${value}"`)
  .join('\n')}
exec "$node" ${args.join(' ')}
`;
}
