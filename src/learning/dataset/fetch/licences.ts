import type { CocoImageEntry, CocoParts } from './coco-parts';
import { csvField } from '../../../core/text/csv';

type Listed = Pick<CocoParts, 'images' | 'licenses'>;

/** What may be done with annotations and images, for the people who find the folder. */
export function licenceNotes(contents: readonly Listed[]): string {
  const counts = new Map<string, number>();
  for (const { images, licenses } of contents) {
    for (const image of images) {
      const licence = licenceOf(image, licenses);
      const line = licence === undefined ? 'licence not stated' : `[${licence.name}](${licence.url})`;
      counts.set(line, (counts.get(line) ?? 0) + 1);
    }
  }
  return [
    '# Licences',
    '',
    'The annotations are those of COCO 2017 (https://cocodataset.org), Creative Commons Attribution 4.0.',
    'The images belong to their authors; each is under the licence that its author chose, listed in `licences.csv`:',
    '',
    ...[...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([line, count]) => `- ${count} × ${line}`),
    '',
  ].join('\n');
}

/** One line an image: file, licence, its address, the image's page. */
export function licenceTable(contents: readonly Listed[]): string {
  const rows = contents.flatMap(({ images, licenses }) =>
    images.map((image) => {
      const licence = licenceOf(image, licenses);
      return [`images/${image.file_name}`, licence?.name ?? '', licence?.url ?? '', image.flickr_url ?? ''];
    }),
  );
  return [['file', 'licence', 'licence_url', 'image_url'], ...rows]
    .map((row) => `${row.map(csvField).join(',')}\n`)
    .join('');
}

function licenceOf({ license }: CocoImageEntry, licenses: Listed['licenses']) {
  return licenses.find(({ id }) => id === license);
}
