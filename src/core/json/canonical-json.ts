import { hash } from 'node:crypto';

/** Of interned values: the canonical text, and a short key in its stead (no JSON begins with `#`). */
const interned = new WeakMap<object, { readonly text: string; readonly key: string }>();
let keys = 0;

/**
 * JSON with sorted keys, no white space and no `undefined`, so that equal values have equal text (as RFC 8785 does;
 * numbers are written by ECMAScript's rules, which that RFC takes over).
 *
 * @throws TypeError for what JSON can't hold: NaN, infinity, functions, class instances
 */
export function canonicalJson(value: unknown): string {
  return write(value, 'text');
}

/**
 * A text that is equal for equal values only: their canonical JSON, with a short key for each interned part. Valid within
 * this process.
 *
 * @throws TypeError as `canonicalJson`
 */
export function interningKey(value: unknown): string {
  return write(value, 'key');
}

function write(value: unknown, form: 'text' | 'key'): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be written as canonical JSON.`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => write(item ?? null, form)).join(',')}]`;
  }
  if (typeof value === 'object') {
    const known = interned.get(value);
    if (known !== undefined) return known[form];
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`A ${value.constructor.name} cannot be written as canonical JSON.`);
    }
    // One text that grows, without lists on the way: planning ten thousand trials does little else.
    let text = '';
    for (const key of Object.keys(value).sort()) {
      const item = (value as Record<string, unknown>)[key];
      if (item === undefined) continue;
      text += `${text === '' ? '{' : ','}${JSON.stringify(key)}:${write(item, form)}`;
    }
    return text === '' ? '{}' : `${text}}`;
  }
  throw new TypeError(`A ${typeof value} cannot be written as canonical JSON.`);
}

/**
 * Freezes a plain value and stores its canonical text: ten thousand stages that name one detector write it once.
 *
 * @throws TypeError as `canonicalJson`
 */
export function intern<T extends object>(value: T): T {
  const text = canonicalJson(value);
  freeze(value);
  interned.set(value, { text, key: `#${keys++}` });
  return value;
}

/** Whether this very value was given to `intern`. */
export function isInterned(value: object): boolean {
  return interned.has(value);
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}

/** SHA-256 over a value's canonical JSON, 64 hexadecimal digits. */
export function digestOf(value: unknown): string {
  return hash('sha256', canonicalJson(value));
}
