import { intern, interningKey, isInterned } from '../json/canonical-json';

/**
 * Parts of stages' parameters that trials have in common: a plan of ten thousand trials holds each once, in memory, in
 * the message to the host and in the computation of keys.
 */
export class Interner {
  private readonly byName = new Map<string, object>();
  private readonly byValue = new Map<string, object>();

  /**
   * @param name all that the part follows from, within one plan
   * @param make called the first time; the part is frozen where it is plain JSON
   */
  get<T extends object>(name: string, make: () => T): T {
    const cached = this.byName.get(name);
    if (cached !== undefined) return cached as T;
    const part = make();
    try {
      intern(part);
    } catch {
      // A plugin's options may be anything that its schema returns.
    }
    this.byName.set(name, part);
    return part;
  }

  /**
   * A part equal to this one: the first that was given, frozen.
   *
   * @throws TypeError where the part is not plain JSON
   */
  intern<T extends object>(part: T): T {
    if (isInterned(part)) return part;
    const key = interningKey(part);
    const cached = this.byValue.get(key);
    if (cached !== undefined) return cached as T;
    this.byValue.set(key, intern(part));
    return part;
  }
}
