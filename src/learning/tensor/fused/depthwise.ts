import { type Attribute, execute, executeOne } from '../native/execute';
import { customGradient } from '../gradients';
import { ownOperations } from '../native/own-operations';
import { tf } from '../tf';

/** Sides of filters for which oneDNN's gradient is slow and ours is not: it takes them for grouped convolutions. */
const ownSides = [5, 7];

/**
 * Depthwise convolution with padding 'same' and one filter a channel.
 * @param x [batch, height, width, channels]
 * @param filter [side, side, channels, 1]
 */
export function depthwiseConvolution(x: tf.Tensor4D, filter: tf.Tensor4D, stride = 1): tf.Tensor4D {
  const backend = ownOperations();
  const [side, width, , multiplier] = filter.shape;
  if (backend === undefined || side !== width || multiplier !== 1 || !ownSides.includes(side)) {
    return tf.depthwiseConv2d(x, filter, stride, 'same');
  }
  const attributes: Readonly<Record<string, Attribute>> = {
    T: { type: 'float32' },
    strides: { int: [1, stride, stride, 1] },
    dilations: { int: [1, 1, 1, 1] },
    padding: 'SAME',
    data_format: 'NHWC',
  };
  return customGradient([x, filter], (save) => {
    save([x, filter]);
    return {
      value: executeOne(backend, 'DepthwiseConv2dNative', [x, filter], attributes),
      gradFunc: (dy, saved) => {
        const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
        const sizes = tf.tensor1d(x.shape, 'int32');
        const dx = executeOne(backend, 'DepthwiseConv2dNativeBackpropInput', [sizes, filter, dy], attributes);
        const [dFilter] = execute(backend, 'RethinkDepthwiseGrad', [x, dy], {
          size: { int: side },
          stride: { int: stride },
          top: { int: paddingBefore(x.shape[1], side, stride) },
          left: { int: paddingBefore(x.shape[2], side, stride) },
        });
        return [dx, dFilter!];
      },
    };
  });
}

/** Rows that TensorFlow's 'same' puts before a map: the smaller half. */
function paddingBefore(length: number, side: number, stride: number): number {
  const outputs = Math.ceil(length / stride);
  return Math.floor(Math.max(0, (outputs - 1) * stride + side - length) / 2);
}
