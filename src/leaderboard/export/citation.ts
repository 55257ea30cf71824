import { version } from '../../../package.json';
import { latexText } from './table-files';

export interface Cited {
  readonly name: string;
  readonly title: string;
  /** ISO 8601, of the newest result. */
  readonly updatedAt: string;
  /** Commit that the stages ran with, where it is one. */
  readonly commit?: string;
}

/** How results are cited, for BibTeX. */
export function bibtex({ name, title, updatedAt, commit }: Cited): string {
  const [year, month] = [updatedAt.slice(0, 4), Number(updatedAt.slice(5, 7))];
  return [
    `@misc{rethink-bench-${name}-${updatedAt.slice(0, 10)},`,
    `  title = {{Rethink Bench}: ${latexText(title)}},`,
    '  author = {{The contributors of Rethink Bench}},',
    `  year = {${year}},`,
    `  month = ${['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'][month - 1] ?? 'jan'},`,
    `  note = {Results of ${updatedAt.slice(0, 10)}, version ${version}${commit === undefined ? '' : `, commit ${commit.slice(0, 12)}`}},`,
    '}',
    '',
  ].join('\n');
}

/** The same as a `CITATION.cff`. */
export function citationCff({ title, updatedAt, commit }: Cited): string {
  const text = (value: string) => JSON.stringify(value);
  return [
    'cff-version: 1.2.0',
    'message: If you use these results, please cite them as below.',
    'type: dataset',
    `title: ${text(`Rethink Bench: ${title}`)}`,
    'authors:',
    '  - name: The contributors of Rethink Bench',
    `version: ${text(version)}`,
    `date-released: ${text(updatedAt.slice(0, 10))}`,
    ...(commit === undefined ? [] : [`commit: ${text(commit)}`]),
    'license: Apache-2.0',
    '',
  ].join('\n');
}
