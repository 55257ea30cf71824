import type { RandomSource } from '../../src/contract';

/** What has broken readers before: odd numbers, odd names, odd structure. */
const tokens = [
  ...['0', '-1', '-0', '1e999', '-1e308', '9007199254740993', '4294967296', '0.1e-400', 'NaN', 'Infinity'],
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '"__proto__"',
    '"constructor"',
    '"toString"',
    '"\\u0000"',
    '"\\ud800"',
  ],
  ...['-3', '1.5', '2147483648', '-4294967297', '9007199254740992', '"10"', '[1, 2]', '{"x": null}'],
  ...['"a/../b.png"', '".//a.png"', '"sub\\\\b.png"', '"~/a.png"', '"https://x.test/a.png"', '"e\u0301.png"'],
  ...['"\\u001b[31m"', '"a\\nb"', '"\u6f22\u5b57"', ' -> ..', ' -> /', 'iscrowd', 'bbox', 'id'],
  ...['"../../etc/passwd"', '"/etc/passwd"', '"..\\\\x"', '"C:\\\\x"', '"${HOME}/x"', '"\\u202e"'],
  ...[
    '[[[[[[[[',
    ']]]]',
    '}}',
    '{"a":',
    ',',
    ':',
    '"',
    '\\',
    '\n',
    '\r\n',
    '\t- ',
    '*a',
    '&a [*a, *a]',
    '<<: *a',
    '!!js/function',
    '!!binary',
    '|',
    '? ',
    '---',
    '%YAML 9.9',
    '# ',
  ],
  '\uFEFF',
  'a'.repeat(300),
  '['.repeat(3000),
  '9'.repeat(400),
];

/** A JSON value in a text, roughly: enough to put another in its place. */
const values = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null/gi;

/** A key with a short value. */
const pairs = /"\w+":(?:"[^"]{0,40}"|[^"{}[\]]{1,40}?),/g;

type Mutation = (input: Buffer, random: RandomSource, other: Buffer) => Buffer;

const place = (input: Buffer, random: RandomSource): number => random.integer(input.length + 1);

const mutations: readonly Mutation[] = [
  // A bit, a byte.
  (input, random) => {
    const copy = Buffer.from(input);
    if (copy.length > 0) copy[random.integer(copy.length)]! ^= 1 << random.integer(8);
    return copy;
  },
  (input, random) => {
    const copy = Buffer.from(input);
    if (copy.length > 0) copy[random.integer(copy.length)] = random.integer(256);
    return copy;
  },
  // Cut off, cut out, doubled, filled up.
  (input, random) => input.subarray(0, place(input, random)),
  (input, random) => {
    const at = place(input, random);
    return Buffer.concat([input.subarray(0, at), input.subarray(at + random.integer(40))]);
  },
  (input, random) => {
    const at = place(input, random);
    const part = input.subarray(at, at + random.integer(200));
    return Buffer.concat([input.subarray(0, at), part, part, input.subarray(at)]);
  },
  (input, random) => Buffer.concat([input, Buffer.alloc(random.integer(64), random.integer(256))]),
  // Something odd in between, or in the place of a value.
  (input, random) => {
    const at = place(input, random);
    return Buffer.concat([input.subarray(0, at), Buffer.from(pick(tokens, random)), input.subarray(at)]);
  },
  (input, random) => {
    const text = input.toString('latin1');
    const found = [...text.matchAll(values)];
    if (found.length === 0) return input;
    const { index, 0: value } = pick(found, random);
    const token = Buffer.from(pick(tokens, random)).toString('latin1');
    return Buffer.from(text.slice(0, index) + token + text.slice(index + value.length), 'latin1');
  },
  // A key taken out, or twice.
  (input, random) => {
    const text = input.toString('latin1');
    const found = [...text.matchAll(pairs)];
    if (found.length === 0) return input;
    const { index, 0: pair } = pick(found, random);
    const changed = random.chance(0.7) ? '' : pair + pair;
    return Buffer.from(text.slice(0, index) + changed + text.slice(index + pair.length), 'latin1');
  },
  // The beginning of one, the end of another.
  (input, random, other) =>
    Buffer.concat([input.subarray(0, place(input, random)), other.subarray(place(other, random))]),
];

function pick<T>(list: readonly T[], random: RandomSource): T {
  return list[random.integer(list.length)]!;
}

/** Another input from well-formed ones: one to four changes. */
export function mutate(seeds: readonly Buffer[], random: RandomSource): Buffer {
  let input = pick(seeds, random);
  for (let change = 1 + random.integer(4); change > 0; change--) {
    input = pick(mutations, random)(input, random, pick(seeds, random));
  }
  return input;
}
