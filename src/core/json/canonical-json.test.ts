import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, equalityName, isShared, shared } from './canonical-json';

function shuffledKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffledKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, shuffledKeys(item)]),
  );
}

describe('canonicalJson', () => {
  it('does not depend on the order of keys, and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(digestOf(shuffledKeys(value))).toBe(digestOf(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('leaves undefined out, as JSON does', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, new Date(0), () => 0, new Map()])('refuses %s', (value) => {
    expect(() => canonicalJson({ value })).toThrow(/no place in canonical JSON/);
  });
});

describe('shared values', () => {
  it('change no canonical text, whatever they lie in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const before = canonicalJson({ a: [value], b: value });
        const part = shared(structuredClone(value));
        expect(isShared(part)).toBe(true);
        expect(canonicalJson({ a: [part], b: part })).toBe(before);
      }),
    );
  });

  it('stand by a name where only equality counts', () => {
    const [one, other] = [shared({ a: 1 }), shared({ a: 2 })];
    const name = equalityName({ x: 3, y: one });
    expect(equalityName({ y: one, x: 3 })).toBe(name);
    const different = [{ x: 3, y: other }, { x: 4, y: one }, { x: 3, y: equalityName(one) }, { x: 3 }];
    for (const value of different) expect(equalityName(value)).not.toBe(name);
  });
});
