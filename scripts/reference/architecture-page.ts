import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rooms } from '../../architecture.json';
import { packageFolder } from '../../src/core/files/package-folder';
import { code, table } from './markdown';

/** docs/architecture.md with the table of rooms between its two markers. */
export function architecturePage(): string {
  const page = readFileSync(join(packageFolder, 'docs', 'architecture.md'), 'utf8');
  const rows = rooms.map(({ path, does }) => [code(path), does]);
  const markers = /(<!-- rooms: .*? -->\n)[\s\S]*?(<!-- end of rooms -->)/;
  if (!markers.test(page)) throw new Error('docs/architecture.md lacks the markers of the table of rooms.');
  return page.replace(markers, (_, start: string, end: string) =>
    [start, table(['room', 'what it does'], rows), end].join('\n'),
  );
}
