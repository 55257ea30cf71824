import { diagnostics, type Diagnostic } from '../../src/cli/terminal/diagnostics';
import { code, page } from './markdown';

/** What to do about each code of `rethink doctor`. */
export function troubleshootingPage(): string {
  const sections = Object.entries(diagnostics as Readonly<Record<string, Diagnostic>>)
    .filter(([, { remedies }]) => remedies.length > 0)
    .map(([name, { meaning, remedies }]) =>
      [`## ${name}`, meaning, remedies.map((remedy) => `- ${remedy}`).join('\n')].join('\n\n'),
    );
  const fine = Object.entries(diagnostics as Readonly<Record<string, Diagnostic>>)
    .filter(([, { remedies }]) => remedies.length === 0)
    .map(([name, { meaning }]) => `- ${code(name)}: ${meaning}`);
  return page(
    'Troubleshooting',
    '`npm run -s rethink -- doctor` checks the machine. Each problem that it reports ends with a code that this page explains. For plugins, run [`plugin check`](plugin-check.md); for data sets, [`data check`](../data-check.md).',
    ...sections,
    '## No action needed',
    fine.join('\n'),
  );
}
