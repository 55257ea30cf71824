import type { Activation, NormLayerOptions, ConvolutionOptions, DepthwiseOptions, Layers } from './layers';
import { parameterName, type ParameterKind } from './parameter';
import { type MapShape, ShapeLayers } from './shape-layers';

/** FLOPs of one image, multiply-add = 2. */
export interface PassFlops {
  /** Forward with the averages of batch norm: detecting. */
  inference: number;
  /** Forward in training. */
  forward: number;
  backward: number;
}

export interface FlopLayersOptions {
  /** Whether gradients change a parameter of this name; by default all are trained. */
  readonly isTrained?: (parameter: string) => boolean;
  /** Whether branches are dropped at random in training. */
  readonly dropsBranches?: boolean;
}

/** A map with whether a trained parameter precedes it: only then does its gradient need computing. */
interface FlopMap extends MapShape {
  readonly hasGradient?: boolean;
}

/** Of each value: forward, backward; what the kernels count (`cost/flops-tables.ts`). */
const activationFlops: Readonly<Record<Activation, readonly [number, number]>> = {
  relu: [1, 1],
  relu6: [2, 2],
  sigmoid: [4, 3],
  // x · sigmoid(x); dy · (y + s · (1 − y))
  swish: [5, 4],
};

/**
 * Counts a network's FLOPs from its architecture alone: nothing runs. Where the gradient of a map that two layers
 * read is added up is not counted (below 1 %).
 */
export class FlopLayers extends ShapeLayers implements Layers<FlopMap> {
  constructor(
    private readonly options: FlopLayersOptions = {},
    readonly flops: PassFlops = { inference: 0, forward: 0, backward: 0 },
    ...shapes: ConstructorParameters<typeof ShapeLayers>
  ) {
    super(...shapes);
  }

  override scope(prefix: string, naming = this.naming): FlopLayers {
    return new FlopLayers(this.options, this.flops, this.parameters, this.prefix + prefix, naming);
  }

  override convolution(x: FlopMap, name: string, options: ConvolutionOptions): FlopMap {
    const y = super.convolution(x, name, options);
    this.product(x, name, 'kernel', 2 * options.size ** 2 * x.channels * size(y));
    return this.shifted(x, y, name, options.bias !== undefined);
  }

  override depthwise(x: FlopMap, name: string, options: DepthwiseOptions): FlopMap {
    const y = super.depthwise(x, name, options);
    this.product(x, name, 'depthwise', 2 * options.size ** 2 * size(y));
    return { ...y, hasGradient: x.hasGradient || this.isTrained(name, 'depthwise') };
  }

  override dense(x: FlopMap, name: string, units: number): FlopMap {
    const y = super.dense(x, name, units);
    this.product(x, name, 'dense', 2 * x.channels * units);
    return this.shifted(x, y, name, true);
  }

  override batchNorm(x: FlopMap, name: string, options: NormLayerOptions): FlopMap {
    super.batchNorm(x, name, options);
    const isTrained = this.isTrained(name, 'scale');
    const hasGradient = x.hasGradient || isTrained;
    // Moving two averages is 3 operations for each channel of a step, not of an image: left out.
    this.count(4 * size(x), (isTrained ? 8 : 4) * size(x), hasGradient ? (isTrained ? 9 : 6) * size(x) : 0);
    return { ...x, hasGradient };
  }

  override activate(x: FlopMap, activation: Activation): FlopMap {
    const [forward, backward] = activationFlops[activation];
    this.each(x, forward, backward);
    return x;
  }

  override add(a: FlopMap, b: FlopMap): FlopMap {
    this.each(a, 1, 0);
    return { ...super.add(a, b), hasGradient: a.hasGradient || b.hasGradient };
  }

  override scale(x: FlopMap, factors: FlopMap): FlopMap {
    // The gradient by the factors is a product and a sum, that by the map a product.
    this.each(x, 1, factors.hasGradient ? 3 : 1);
    return { ...x, hasGradient: x.hasGradient || factors.hasGradient };
  }

  override globalPool(x: FlopMap): FlopMap {
    this.each(x, 1, 2);
    return { ...super.globalPool(x), hasGradient: x.hasGradient };
  }

  override upsample(x: FlopMap, like: FlopMap): FlopMap {
    const y = { ...super.upsample(x, like), hasGradient: x.hasGradient };
    this.each(y, 0, 1);
    return y;
  }

  override dropBranch(x: FlopMap): FlopMap {
    if (this.options.dropsBranches === true) this.count(0, size(x), x.hasGradient ? size(x) : 0);
    return x;
  }

  override rows(x: FlopMap, columns: number): FlopMap {
    return { ...super.rows(x, columns), hasGradient: x.hasGradient };
  }

  override joinRows(parts: readonly FlopMap[]): FlopMap {
    return { ...super.joinRows(parts), hasGradient: parts.some(({ hasGradient }) => hasGradient) };
  }

  /** A product with a kernel, and with as many operations each its gradients by kernel and by map. */
  private product(x: FlopMap, name: string, kind: ParameterKind, flops: number): void {
    const gradients = Number(this.isTrained(name, kind)) + Number(x.hasGradient === true);
    this.count(flops, flops, gradients * flops);
  }

  private shifted(x: FlopMap, y: MapShape, name: string, hasBias: boolean): FlopMap {
    const isTrained = this.isTrained(name, 'kernel') || this.isTrained(name, 'dense');
    const result = { ...y, hasGradient: x.hasGradient || isTrained };
    if (hasBias) this.each(result, 1, 1);
    return result;
  }

  private isTrained(layer: string, kind: ParameterKind): boolean {
    return this.options.isTrained?.(parameterName(this.prefix + layer, kind, this.naming)) ?? true;
  }

  private each(x: FlopMap, forward: number, backward: number): void {
    this.count(forward * size(x), forward * size(x), x.hasGradient === true ? backward * size(x) : 0);
  }

  private count(inference: number, forward: number, backward: number): void {
    this.flops.inference += inference;
    this.flops.forward += forward;
    this.flops.backward += backward;
  }
}

function size({ height, width, channels }: MapShape): number {
  return height * width * channels;
}
