import { rules } from '../../src/host/conformance/rules';
import { suite } from '../../src/host/conformance/suite';
import { code, page, table } from './markdown';

/** All that `plugin check` can find. */
export function pluginCheckPage(): string {
  const checks = suite.map(({ id, title, ...rest }) => [
    code(id),
    title,
    'kinds' in rest ? rest.kinds.join(', ') : 'all',
  ]);
  const findings = Object.entries(rules).map(([name, { severity, expected, mend }]) =>
    [`### ${name}`, `${severity === 'note' ? 'A note. ' : ''}Expected: ${expected}.`, `→ ${mend}`].join(
      '\n\n',
    ),
  );
  return page(
    'The plugin check',
    '`rethink plugin check <folder|package>`, and `describePlugin(MyPlugin)` in a test, check a plugin by what it does. `--json` gives the findings to programs; the last report on each plugin’s code lies in the workspace, `conformance/<digest of the code>.json`.',
    '## Checks',
    table(['check', 'the plugin …', 'kinds'], checks),
    '## Findings',
    'In the order in which an author meets them.',
    ...findings,
  );
}
