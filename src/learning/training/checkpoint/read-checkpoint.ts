import { RethinkError, type CheckpointRequest, type NamedArrays } from '../../../contract';
import { describeParameters } from '../../detector/architecture';
import type { DetectorSpec } from '../../../core/plan/detector-spec';
import { requireWeights, type NetworkWeights } from '../../detector/weights';
import { readTensors } from './shards';

type Layout = CheckpointRequest['layout'];

/** What a checkpoint may hold beyond a backbone: its classifier. */
const classifierParts: Record<Layout, RegExp> = {
  timm: /^backbone\.(conv_head|bn2|classifier)\./,
  keras: /^backbone\.(conv_preds|predictions|dense|fc)\w*\//,
  rethink: /^(fpn|head)\./,
};

/** What is to be read, and for which network. */
export interface CheckpointSource {
  /** `.safetensors`, the index of a sharded one, or a TensorFlow.js `model.json`. */
  readonly file: string;
  readonly layout: Layout;
  readonly spec: DetectorSpec;
}

/**
 * A backbone's weights from a file. Every tensor of the backbone must be there in its shape, and nothing beside it but a
 * classifier, which is left out.
 * @throws `CHECKPOINT_LAYOUT`, `WEIGHTS_DO_NOT_FIT`, `WEIGHTS_VALUE`, and what the readers throw
 */
export async function readCheckpoint({ file, layout, spec }: CheckpointSource): Promise<NetworkWeights> {
  checkLayout(layout, spec, file);
  const tensors = await readTensors(file);
  const named = layout === 'rethink' ? tensors : prefixed(tensors);
  const weights = requireWeights(describeParameters(spec, []), named, {
    file,
    mayHave: (name) => classifierParts[layout].test(name),
  });
  checkValues(weights, file);
  return weights;
}

/** One NaN in a network makes every output NaN; a variance below 0 does the same. */
function checkValues(weights: NetworkWeights, file: string): void {
  const isVariance = /(running_var|moving_variance)$/;
  for (const [name, { values }] of Object.entries(weights)) {
    const at = values.findIndex(
      (value: number) => !Number.isFinite(value) || (value < 0 && isVariance.test(name)),
    );
    if (at < 0) continue;
    throw new RethinkError('WEIGHTS_VALUE', `The weights have an impossible value: ${values[at]}.`, {
      location: { file, path: name },
      hint: 'The training that wrote the file may have diverged, or it was converted to too narrow a type.',
    });
  }
}

function prefixed(tensors: NamedArrays): NamedArrays {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`backbone.${name}`, tensor]));
}

function checkLayout(layout: Layout, { backbone }: DetectorSpec, file: string): void {
  const expected = { plain: 'rethink', efficientnet: 'timm', 'mobilenet-v1': 'keras' }[backbone.type];
  if (layout === 'rethink' || layout === expected) return;
  throw new RethinkError(
    'CHECKPOINT_LAYOUT',
    `A ${backbone.type} backbone takes checkpoints in the layout “${expected}”, not “${layout}”.`,
    { location: { file }, hint: 'Set the layout of the checkpoint, or choose another backbone.' },
  );
}
