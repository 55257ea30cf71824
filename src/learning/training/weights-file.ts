import { z } from 'zod';
import { RethinkError, type NamedArrays } from '../../contract';
import { type HeadSpec, headSpec } from '../../core/plan/head-spec';
import type { Parameter } from '../detector/layers/parameter';
import { toFile, type NetworkWeights } from '../detector/weights';
import { readSafetensors, writeSafetensors } from '../tensor/safetensors';

/** A head with the category of each of its classes, in order. */
export interface TrainedHead extends HeadSpec {
  readonly labels: readonly { readonly id: number; readonly name: string }[];
}

const headsSchema = z.array(
  headSpec.extend({ labels: z.array(z.strictObject({ id: z.number(), name: z.string() })) }),
);

export interface WeightsFile {
  readonly tensors: NamedArrays;
  readonly heads: readonly TrainedHead[];
}

/**
 * Writes weights in the layouts of files; the metadata hold the categories of the heads.
 * @param others further contents, written unchanged
 */
export async function writeWeights(
  file: string,
  parameters: readonly Parameter[],
  weights: Readonly<NetworkWeights>,
  heads: readonly TrainedHead[],
  others: WeightsFile = { tensors: {}, heads: [] },
): Promise<void> {
  await writeSafetensors(
    file,
    { ...others.tensors, ...toFile(parameters, weights) },
    { format: 'rethink-bench', heads: JSON.stringify([...heads, ...others.heads]) },
  );
}

/** @throws `WEIGHTS_METADATA`, and what the reader of safetensors throws */
export async function readWeights(file: string): Promise<WeightsFile> {
  const { tensors, metadata } = await readSafetensors(file);
  if (metadata.heads === undefined) return { tensors, heads: [] };
  try {
    return { tensors, heads: headsSchema.parse(JSON.parse(metadata.heads)) };
  } catch (cause) {
    throw new RethinkError('WEIGHTS_METADATA', 'The metadata do not describe the heads of the network.', {
      location: { file, path: '__metadata__.heads' },
      cause,
    });
  }
}
