import { diagnostics, type Diagnostic } from '../../src/cli/terminal/diagnostics';
import { code, page } from './markdown';

/** What to do about each code of `rethink doctor`. */
export function troubleshootingPage(): string {
  const sections = Object.entries(diagnostics as Readonly<Record<string, Diagnostic>>)
    .filter(([, { remedies }]) => remedies.length > 0)
    .map(([name, { meaning, remedies }]) =>
      [`## ${name}`, meaning, remedies.map((remedy) => `- ${remedy}`).join('\n')].join('\n\n'),
    );
  const good = Object.entries(diagnostics as Readonly<Record<string, Diagnostic>>)
    .filter(([, { remedies }]) => remedies.length === 0)
    .map(([name, { meaning }]) => `- ${code(name)}: ${meaning}`);
  return page(
    'Troubleshooting',
    '`npm run -s rethink -- doctor` says what a machine has and lacks. Each line that is not well ends with a code of this page. What is wrong with a plugin says [`plugin check`](plugin-check.md), what with a data set [`data check`](../data-check.md).',
    ...sections,
    '## All is well',
    good.join('\n'),
  );
}
