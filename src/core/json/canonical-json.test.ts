import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, intern, interningKey, isInterned } from './canonical-json';

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
    expect(() => canonicalJson({ value })).toThrow(/cannot be written as canonical JSON/);
  });
});

describe('interned values', () => {
  it('change no canonical text, whatever they lie in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const before = canonicalJson({ a: [value], b: value });
        const part = intern(structuredClone(value));
        expect(isInterned(part)).toBe(true);
        expect(canonicalJson({ a: [part], b: part })).toBe(before);
      }),
    );
  });

  it('are replaced by a key where only equality counts', () => {
    const [one, other] = [intern({ a: 1 }), intern({ a: 2 })];
    const key = interningKey({ x: 3, y: one });
    expect(interningKey({ y: one, x: 3 })).toBe(key);
    const different = [{ x: 3, y: other }, { x: 4, y: one }, { x: 3, y: interningKey(one) }, { x: 3 }];
    for (const value of different) expect(interningKey(value)).not.toBe(key);
  });
});
