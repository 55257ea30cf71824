import { table } from '../../../core/text/text-table';
import { type DatasetCheck } from './check-dataset';

/** The check as text. */
export function formatCheck({ file, counts, severities, findings }: DatasetCheck): string {
  const { images, annotations, categories, openedImages: imageCount } = counts;
  const opened = imageCount === undefined ? 'no image opened (--images DIR)' : `${imageCount} images read`;
  const lines = [
    file,
    `${images} images, ${annotations} annotations, ${categories} categories; ${opened}`,
    '',
  ];
  for (const { code, severity, count, message, advice, examples } of findings) {
    lines.push(`${severity.padEnd(7)} ${code} (${count}): ${message}`);
    const rows = examples.map(({ location, detail = '' }) => ['         ', location, detail]);
    if (rows.length > 0) lines.push(...table(['', '', ''], rows).slice(1));
    if (count > examples.length) lines.push(`           … and ${count - examples.length} more`);
    lines.push(`        → ${advice}`, '');
  }
  const { error, warning, note } = severities;
  lines.push(
    findings.length === 0
      ? 'No findings.'
      : [plural(error, 'error'), plural(warning, 'warning'), plural(note, 'note')].join(', '),
  );
  return lines.join('\n');
}

function plural(kinds: number, one: string): string {
  return `${kinds === 0 ? 'no' : kinds} ${kinds === 1 ? one : `${one}s`}`;
}
