import { tf } from '../../tensor';
import { activations, biasAdd } from '../../tensor/fused/activations';
import { batchNormActivation, batchNormInference } from '../../tensor/fused/batch-norm';
import { depthwiseConvolution } from '../../tensor/fused/depthwise';
import { upsampleNearest } from '../../tensor/fused/resize';
import type { Activation, NormLayerOptions, ConvolutionOptions, DepthwiseOptions, Layers } from './layers';
import { parameterName, type Naming, type ParameterKind } from './parameter';

export interface Pass {
  /** Weights and moving averages by name. */
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  /** Batch norm uses the batch's statistics and moves its averages, branches are dropped. */
  readonly training: boolean;
  /** Batch norm of these layers uses its averages in training too, and leaves them alone. */
  readonly isFrozen?: (layer: string) => boolean;
  /** Gets each new moving average; only in training. */
  readonly moved?: (name: string, value: tf.Tensor) => void;
  /** [batch, blocks]: 0 for a dropped branch, else 1 / (share kept). Absent: none is dropped. */
  readonly branches?: tf.Tensor2D;
}

/** Computes with tensors what `ShapeLayers` describes. */
export class TensorLayers implements Layers<tf.Tensor4D> {
  constructor(
    private readonly pass: Pass,
    private readonly prefix = '',
    private readonly naming: Naming = 'pytorch',
  ) {}

  scope(prefix: string, naming = this.naming): TensorLayers {
    return new TensorLayers(this.pass, this.prefix + prefix, naming);
  }

  convolution(x: tf.Tensor4D, name: string, { stride = 1, bias }: ConvolutionOptions): tf.Tensor4D {
    const y = tf.conv2d(x, this.parameter<tf.Tensor4D>(name, 'kernel'), stride, 'same');
    return bias === undefined ? y : biasAdd(y, this.parameter<tf.Tensor1D>(name, 'bias'));
  }

  depthwise(x: tf.Tensor4D, name: string, { stride = 1 }: DepthwiseOptions): tf.Tensor4D {
    return depthwiseConvolution(x, this.parameter<tf.Tensor4D>(name, 'depthwise'), stride);
  }

  batchNorm(x: tf.Tensor4D, name: string, options: NormLayerOptions): tf.Tensor4D {
    return this.normalise(x, name, options, 'none');
  }

  batchNormActivate(
    x: tf.Tensor4D,
    name: string,
    options: NormLayerOptions,
    activation: Activation,
  ): tf.Tensor4D {
    return activation === 'sigmoid'
      ? this.activate(this.batchNorm(x, name, options), activation)
      : this.normalise(x, name, options, activation);
  }

  activate(x: tf.Tensor4D, activation: Activation): tf.Tensor4D {
    return activations[activation](x);
  }

  add(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
    return tf.add(a, b);
  }

  scale(x: tf.Tensor4D, factors: tf.Tensor4D): tf.Tensor4D {
    return tf.mul(x, factors);
  }

  globalPool(x: tf.Tensor4D): tf.Tensor4D {
    return tf.mean(x, [1, 2], true);
  }

  sameShape(a: tf.Tensor4D, b: tf.Tensor4D): boolean {
    return a.shape.join() === b.shape.join();
  }

  channels(x: tf.Tensor4D): number {
    return x.shape[3];
  }

  upsample(x: tf.Tensor4D, like: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = x.shape;
    const doubled = upsampleNearest(x);
    const [, rows, columns] = like.shape;
    return rows === 2 * height && columns === 2 * width
      ? doubled
      : tf.slice(doubled, [0, 0, 0, 0], [batch, rows, columns, channels]);
  }

  rows(x: tf.Tensor4D, columns: number): tf.Tensor4D {
    return tf.reshape(x, [x.shape[0], 1, x.size / (x.shape[0] * columns), columns]);
  }

  joinRows(parts: readonly tf.Tensor4D[]): tf.Tensor4D {
    return parts.length === 1 ? parts[0]! : tf.concat([...parts], 2);
  }

  dropBranch(x: tf.Tensor4D, block: number): tf.Tensor4D {
    const { branches, training } = this.pass;
    if (branches === undefined || !training) return x;
    const kept = tf.slice(branches, [0, block], [x.shape[0], 1]);
    return tf.mul(x, tf.reshape(kept, [x.shape[0], 1, 1, 1]));
  }

  dense(x: tf.Tensor4D, name: string, units: number): tf.Tensor4D {
    const rows = tf.reshape(x, [x.shape[0], x.shape[3]]);
    const product = tf.matMul(rows, this.parameter<tf.Tensor2D>(name, 'dense'));
    const shifted = biasAdd(product, this.parameter<tf.Tensor1D>(name, 'bias'));
    return tf.reshape(shifted, [x.shape[0], 1, 1, units]);
  }

  private parameter<T extends tf.Tensor>(layer: string, kind: ParameterKind): T {
    const name = parameterName(this.prefix + layer, kind, this.naming);
    const tensor = this.pass.parameters[name];
    if (tensor === undefined) throw new Error(`the network has no parameter ${name}`);
    return tensor as T;
  }

  private normalise(
    x: tf.Tensor4D,
    name: string,
    { momentum, epsilon }: NormLayerOptions,
    activation: Exclude<Activation, 'sigmoid'> | 'none',
  ): tf.Tensor4D {
    const scale = this.parameter<tf.Tensor1D>(name, 'scale');
    const offset = this.parameter<tf.Tensor1D>(name, 'offset');
    const mean = this.parameter<tf.Tensor1D>(name, 'mean');
    const variance = this.parameter<tf.Tensor1D>(name, 'variance');
    if (!this.pass.training || this.pass.isFrozen?.(this.prefix + name) === true) {
      const y = batchNormInference(x, scale, offset, mean, variance, { epsilon });
      return activation === 'none' ? y : this.activate(y, activation);
    }
    const batch = batchNormActivation(x, scale, offset, { epsilon, activation });
    this.move(name, 'mean', mean, batch.mean, momentum);
    this.move(name, 'variance', variance, batch.variance, momentum);
    return batch.y;
  }

  private move(
    layer: string,
    kind: 'mean' | 'variance',
    old: tf.Tensor,
    now: tf.Tensor,
    momentum: number,
  ): void {
    const name = parameterName(this.prefix + layer, kind, this.naming);
    this.pass.moved?.(name, tf.add(tf.mul(old, momentum), tf.mul(now, 1 - momentum)));
  }
}
