import fc from 'fast-check';
import { expect, it } from 'vitest';
import { displayWidth, truncate } from './format';
import { printable, printableLines } from './printable';
import { table } from './text-table';

it.each([
  ['caf\u00e9 猫 👩‍🔬', 'caf\u00e9 猫 👩‍🔬'],
  ['a\u001b[31mb', 'a\\u001b[31mb'],
  ['two\nlines\tand\r', 'two\\nlines\\tand\\r'],
  ['\u202egnp.exe', '\\u202egnp.exe'],
  ['\u009b2J', '\\u009b2J'],
  ['\ud800 half', '\\ud800 half'],
  ['\u202f narrow', '\u202f narrow'],
])('shows %j as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it('leaves no character that changes the screen', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      expect(printableLines(text).split('\n')).toEqual(text.split('\n').map(printable));
    }),
  );
});

it('keeps the rows of a table whole, and its columns aligned', () => {
  const names = ['cat', '猫と犬', 'e\u0301te\u0301', 'new\nline', '\u001b[31mred'];
  const lines = table(
    ['category', 'AP'],
    names.map((name) => [name, '12.5']),
  );
  expect(lines).toHaveLength(6);
  expect(new Set(lines.map(displayWidth))).toEqual(new Set([displayWidth(lines[0]!)]));
  expect(lines.join('')).not.toContain('\u001b');
});

it('cuts text by the columns that it takes', () => {
  expect(truncate('猫と犬', 6)).toBe('猫と犬');
  expect(truncate('猫と犬', 5)).toBe('猫と…');
  expect(truncate('猫と犬', 4)).toBe('猫…');
  expect(truncate('abc', 0)).toBe('');
});
