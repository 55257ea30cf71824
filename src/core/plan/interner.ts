import { canonicalJson, equalityName, isShared, shared } from '../json/canonical-json';

/** A plugin's options may be anything that its schema makes of them. */
function isPlain(value: object): boolean {
  try {
    canonicalJson(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Parts of stages' parameters that trials have in common: a plan of ten thousand trials holds each once, in memory, in
 * the message to the host and in the making of keys.
 */
export class Interner {
  private readonly parts = new Map<string, object>();
  private readonly equals = new Map<string, object>();

  /**
   * @param name all that the part follows from, within one plan
   * @param make called the first time; what it gives is frozen where it is plain JSON
   */
  once<T extends object>(name: string, make: () => T): T {
    const known = this.parts.get(name);
    if (known !== undefined) return known as T;
    const part = make();
    if (isPlain(part)) shared(part);
    this.parts.set(name, part);
    return part;
  }

  /**
   * A part that equals this one: the first that was asked for, frozen.
   *
   * @throws TypeError where the part is not plain JSON
   */
  equal<T extends object>(part: T): T {
    if (isShared(part)) return part;
    const name = equalityName(part);
    const known = this.equals.get(name);
    if (known !== undefined) return known as T;
    this.equals.set(name, shared(part));
    return part;
  }
}
