import { expect, it } from 'vitest';
import { entryAt, type SampleEntry, tabulate } from './sample-table';

it('gives every entry back, in another thread too', () => {
  const box = { xMin: 0.1, yMin: 1 / 3, xMax: 5, yMax: 1e6 + 0.5, category: 3 };
  const entries: SampleEntry[] = [
    { id: 2 ** 40, file: '/data/Bücher 📚.jpg', stated: { width: 7, height: 9 }, objects: [] },
    { id: 2, file: 'b.png', objects: [box, { ...box, crowd: true }, { ...box, score: 0.3, ignore: true }] },
    { id: 1, file: 'c', objects: [], label: 0 },
    { id: 3, file: 'd', objects: [{ ...box, score: 0 }], label: 4 },
  ];
  const table = structuredClone(tabulate(entries));
  expect(entries.map((_, index) => entryAt(table, index))).toStrictEqual(entries);
});
