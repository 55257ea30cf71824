import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDecimal } from './decimal';

const out = new Float64Array(1);

function parse(text: string): { value: number; length: number } {
  const length = parseDecimal(Buffer.from(`${text},\0`), 0, out, 0);
  return { value: out[0]!, length };
}

function same(text: string): void {
  const { value, length } = parse(text);
  expect(length, text).toBe(text.length);
  expect(value, text).toBe(JSON.parse(text));
}

describe('parseDecimal', () => {
  test.each([
    '0', '-0', '0.0', '1', '-1', '10', '0.5', '123.456', '1e5', '1E-5', '1e+5', '0.1', '0.30000000000000004',
    '9007199254740993', '9007199254740992.5', '123456789012345678', '0.000012345678901234567', '1e999', '-1e999',
    '1e-999', '5e-324', '179769313486231570000', '400.4653980927815', '999999999999999999', '0.50000000000000011102',
    '1.00000000000000011', '4.35', '2.2250738585072011e-308',
  ])('%s', same); // prettier-ignore

  test.each(['', '-', '01', '-01', '1.', '.5', '1e', '1e+', '+1', 'NaN', '-x'])('refuses %j', (text) => {
    expect(parse(text).length).toBe(-1);
  });

  test('equals JSON.parse for every double, however it is written', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, (value) => same(JSON.stringify(value))),
      { numRuns: 5000 },
    );
    const pixels = fc.double({ min: 0, max: 5000, noNaN: true });
    fc.assert(
      fc.property(pixels, (value) => same(JSON.stringify(value))),
      { numRuns: 20000 },
    );
    fc.assert(
      fc.property(pixels, fc.integer({ min: 0, max: 25 }), (value, digits) => same(value.toFixed(digits))),
      { numRuns: 5000 },
    );
  });

  test('equals JSON.parse half way between two doubles', () => {
    // Midpoints of neighbouring doubles below 2^10 with a few fraction bits have short exact decimal expansions.
    fc.assert(
      fc.property(
        fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
        fc.integer({ min: 0, max: 2 }),
        (bits, shift) => {
          const digits = (bits * 2n + 1n) * 5n ** BigInt(shift);
          const text = digits.toString();
          same(shift === 0 ? text : `${text.slice(0, -shift)}.${text.slice(-shift)}`);
        },
      ),
      { numRuns: 5000 },
    );
  });
});
