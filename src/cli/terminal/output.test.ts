import { afterEach, expect, it, vi } from 'vitest';
import { RethinkError } from '../../contract';
import { formatError, log, print, printJson } from './output';

afterEach(() => vi.restoreAllMocks());

const odd = 'a\u001b[31m\u202eb';

it('shows text of others without its control characters, on every way out', () => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  }
  print(odd);
  log(odd);
  printJson({ name: odd, c1: '\u009b2J' });
  for (const character of ['\u001b', '\u202e', '\u009b']) expect(written.join('')).not.toContain(character);
  expect(JSON.parse(written[2]!)).toEqual({ name: odd, c1: '\u009b2J' });
});

it('keeps an error on its lines: message, location, hint', () => {
  const error = new RethinkError('CODE', `It's ${odd}\nhere.`, {
    location: { file: `x\n${odd}.json`, line: 1 },
    hint: `Try\t${odd}.`,
  });
  expect(formatError(error, false).split('\n')).toHaveLength(3);
  expect(formatError(error, false)).not.toContain('\u202e');
});
