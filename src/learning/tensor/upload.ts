import { type HostTensor } from './host-tensor';
import { tf } from './tf';

/** A tensor with a copy of the values: TensorFlow.js keeps a reference, and the caller may use its array again. */
export function upload(tensor: HostTensor): tf.Tensor {
  return tf.tensor(tensor.values.slice(), [...tensor.shape], tensor.dtype);
}
