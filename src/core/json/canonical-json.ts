import { hash } from 'node:crypto';

interface SharedText {
  readonly text: string;
  /** Stands for the text where only equality counts; no JSON begins with `#`. */
  readonly name: string;
}

/** Of values that many stages share; see `shared`. */
const texts = new WeakMap<object, SharedText>();
let named = 0;

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
 * A short text that only equal values have: their canonical JSON, with names for what is `shared` in it. It holds within
 * this process.
 *
 * @throws TypeError as `canonicalJson`
 */
export function equalityName(value: unknown): string {
  return write(value, 'name');
}

function write(value: unknown, form: keyof SharedText): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no place in canonical JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => write(item ?? null, form)).join(',')}]`;
  }
  if (typeof value === 'object') {
    const known = texts.get(value);
    if (known !== undefined) return known[form];
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`a ${value.constructor.name} has no place in canonical JSON`);
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
  texts.set(value, { text, name: `#${named++}` });
  return value;
}

/** Whether this very value was given to `shared`. */
export function isShared(value: object): boolean {
  return texts.has(value);
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
