import { createHash } from 'node:crypto';

/** Canonical text of values that many stages share; see `shared`. */
const texts = new WeakMap<object, string>();

/**
 * JSON with sorted keys, no white space and no `undefined`, so that equal values have equal text (as RFC 8785 does;
 * numbers are written by ECMAScript's rules, which that RFC takes over).
 *
 * @throws TypeError for what JSON can't hold: NaN, infinity, functions, class instances
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no place in canonical JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  }
  if (typeof value === 'object') {
    const known = texts.get(value);
    if (known !== undefined) return known;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`a ${value.constructor.name} has no place in canonical JSON`);
    }
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  throw new TypeError(`a ${typeof value} has no place in canonical JSON`);
}

/**
 * Freezes a plain value for good and keeps its canonical text: ten thousand stages that name one detector write it once.
 *
 * @throws TypeError as `canonicalJson`
 */
export function shared<T extends object>(value: T): T {
  const text = canonicalJson(value);
  freeze(value);
  texts.set(value, text);
  return value;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}

/** SHA-256 over a value's canonical JSON, 64 hexadecimal digits. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
