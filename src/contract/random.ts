import { createHash } from 'node:crypto';

/**
 * The only source of randomness that a plugin may use: the same seed gives the same numbers on every machine.
 */
export interface RandomSource {
  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform integer in 0 … `exclusive` − 1. */
  integer(exclusive: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** One element, all equally likely. */
  pick<T>(items: readonly T[]): T;
  /** A new array in random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent source that depends on the parent's seed and the name only, not on the numbers drawn before. */
  fork(name: string | number): RandomSource;
}

/** sfc32 (C. Doty-Humphrey's PractRand, 2014) seeded by SHA-256 of the seed's text. */
class Sfc32 implements RandomSource {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(private readonly seed: string) {
    const digest = createHash('sha256').update(seed).digest();
    this.a = digest.readInt32LE(0);
    this.b = digest.readInt32LE(4);
    this.c = digest.readInt32LE(8);
    for (let i = 0; i < 12; i++) this.next();
  }

  private next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum >>> 0;
  }

  uniform(): number {
    return this.next() / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  integer(exclusive: number): number {
    if (!Number.isInteger(exclusive) || exclusive < 1) {
      throw new RangeError(`integer() requires an integer ≥ 1, got ${exclusive}.`);
    }
    return Math.floor(this.uniform() * exclusive);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('pick() requires a non-empty list.');
    return items[this.integer(items.length)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }

  fork(name: string | number): RandomSource {
    return new Sfc32(`${this.seed}/${name}`);
  }
}

/** @param seed any number or text; equal text gives equal numbers */
export function createRandom(seed: string | number): RandomSource {
  return new Sfc32(String(seed));
}
