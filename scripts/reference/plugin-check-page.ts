import { rules } from '../../src/host/conformance/rules';
import { suite } from '../../src/host/conformance/suite';
import { code, page, table } from './markdown';

/** Every finding of `plugin check`. */
export function pluginCheckPage(): string {
  const checks = suite.map(({ id, title, ...rest }) => [
    code(id),
    title,
    'kinds' in rest ? rest.kinds.join(', ') : 'all',
  ]);
  const findings = Object.entries(rules).map(([name, { severity, expected, fix }]) =>
    [`### ${name}`, `${severity === 'note' ? 'A note. ' : ''}Expected: ${expected}.`, `→ ${fix}`].join(
      '\n\n',
    ),
  );
  return page(
    'The plugin check',
    '`rethink plugin check <folder|package>`, and `describePlugin(MyPlugin)` in a test, run a plugin and check its behaviour. `--json` prints the findings as JSON; the latest report is stored in the workspace as `conformance/<digest of the code>.json`.',
    '## Checks',
    table(['check', 'the plugin …', 'kinds'], checks),
    '## Findings',
    'In the order of the checks.',
    ...findings,
  );
}
