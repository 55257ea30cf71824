import { canonicalJson, shared } from './canonical-json';

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
export class SharedParts {
  private readonly parts = new Map<string, object>();

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
}
