import type { Initialiser, Naming } from './parameter';

export interface ConvolutionOptions {
  readonly filters: number;
  /** Side of the square kernel. */
  readonly size: number;
  /** @default 1 */
  readonly stride?: number;
  /** @default no bias */
  readonly bias?: { readonly initial: number };
  /** @default normal, variance 2 / fan-out */
  readonly initialiser?: Initialiser;
}

export interface DepthwiseOptions {
  readonly size: number;
  readonly stride?: number;
}

export interface NormLayerOptions {
  /** Share of the old moving average that stays at each step. */
  readonly momentum: number;
  readonly epsilon: number;
}

export type Activation = 'relu' | 'relu6' | 'swish' | 'sigmoid';

/**
 * The vocabulary in which a network is written once: with shapes for `T` it lists the parameters, with tensors it
 * computes. Maps are [batch, height, width, channels]; padding is TensorFlow's 'same'.
 */
export interface Layers<T> {
  /** The same with a prefix for names, and a library's way of naming. */
  scope(prefix: string, naming?: Naming): Layers<T>;
  convolution(x: T, name: string, options: ConvolutionOptions): T;
  depthwise(x: T, name: string, options: DepthwiseOptions): T;
  batchNorm(x: T, name: string, options: NormLayerOptions): T;
  /** Batch norm and what follows it, which may be computed as one. */
  batchNormActivate(x: T, name: string, options: NormLayerOptions, activation: Activation): T;
  activate(x: T, activation: Activation): T;
  add(a: T, b: T): T;
  /** `factors` [batch, 1, 1, channels] scale the channels of `x`. */
  scale(x: T, factors: T): T;
  /** Mean over height and width: [batch, 1, 1, channels]. */
  globalPool(x: T): T;
  /** Whether two maps may be added. */
  sameShape(a: T, b: T): boolean;
  channels(x: T): number;
  /** Nearest-neighbour doubling, cut to the height and width of `like`. */
  upsample(x: T, like: T): T;
  /** [batch, h, w, columns · n] → [batch, h · w · n, columns]. */
  rows(x: T, columns: number): T;
  /** Joins rows of several maps. */
  joinRows(parts: readonly T[]): T;
  /** Stochastic depth of the block with this index: an image's branch is dropped, the others are scaled up. */
  dropBranch(x: T, block: number): T;
  /** [batch, 1, 1, channels] → [batch, units], with bias. */
  dense(x: T, name: string, units: number): T;
}

/** Default initialiser of convolutions: normal with variance 2 / fan-out (He et al., arXiv 1502.01852). */
export function heNormal(size: number, filters: number): Initialiser {
  return { type: 'normal', deviation: Math.sqrt(2 / (size * size * filters)) };
}
