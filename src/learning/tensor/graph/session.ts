import { type TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { RethinkError } from '../../../contract/errors';
import { type DType, type HostTensor } from '../host-tensor';
import { dataTypes, dtypeOfNumber, type GraphNode } from './node';
import { withSavedModel } from './saved-model';

/** TensorFlow's session of one graph; its variables live as long as it is open. */
export class Session {
  private readonly id: number;

  constructor(
    private readonly binding: TFJSBinding,
    nodes: readonly GraphNode[],
  ) {
    this.id = withSavedModel(nodes, (folder) => binding.loadSavedModel(folder, 'serve'));
  }

  /**
   * Feeds placeholders by node name and fetches first outputs of nodes.
   * @throws `SESSION_FAILED` with TensorFlow's message
   */
  run(feeds: Readonly<Record<string, HostTensor>>, fetches: readonly string[]): HostTensor[] {
    const { binding } = this;
    const feedIds: number[] = [];
    let outputs: { id: number; shape: number[]; dtype: number }[] = [];
    try {
      for (const { shape, dtype, values } of Object.values(feeds)) {
        feedIds.push(binding.createTensor([...shape], dataTypes[dtype], values));
      }
      const names = (nodes: readonly string[]) => nodes.map((node) => `${node}:0`).join(',');
      outputs = binding.runSavedModel(this.id, feedIds, names(Object.keys(feeds)), names(fetches));
      return outputs.map((output) => ({
        dtype: dtypeOf(output.dtype),
        shape: output.shape,
        values: binding.tensorDataSync(output.id),
      }));
    } catch (cause) {
      if (cause instanceof RethinkError) throw cause;
      throw new RethinkError('SESSION_FAILED', `TensorFlow: ${(cause as Error).message}`, { cause });
    } finally {
      for (const id of [...feedIds, ...outputs.map((output) => output.id)]) binding.deleteTensor(id);
    }
  }

  close(): void {
    this.binding.deleteSavedModel(this.id);
  }
}

function dtypeOf(dataType: number): DType {
  const dtype = dtypeOfNumber(dataType);
  if (dtype !== undefined) return dtype;
  throw new RethinkError('SESSION_DTYPE', `An output has TensorFlow's data type ${dataType}.`, {
    hint: 'Cast it to float32, int32 or bool inside the step.',
  });
}
