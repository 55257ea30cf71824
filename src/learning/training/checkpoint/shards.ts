import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { RethinkError, type NamedArrays } from '../../../contract';
import { readSafetensors } from '../../tensor/safetensors';
import { checkFormat } from './check-format';
import { readTfjsWeights, tfjsShards, withinFolder } from './tfjs-manifest';

/** `model.safetensors.index.json` of a hub: the shard that holds each tensor. */
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Paths of the shards that a safetensors index names, relative to it; undefined for another file. */
async function indexedShards(file: string): Promise<string[] | undefined> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
  const parsed = indexSchema.safeParse(document);
  if (!parsed.success) return undefined;
  return [...new Set(Object.values(parsed.data.weight_map))].sort().map((path) => withinFolder(path, file));
}

/**
 * The files that a checkpoint's JSON file names, relative to it; none for a safetensors file.
 * @throws `TFJS_MANIFEST`
 */
export async function shardsOf(file: string): Promise<string[]> {
  if (!file.endsWith('.json')) return [];
  return (await indexedShards(file)) ?? (await tfjsShards(file));
}

/**
 * All tensors of a checkpoint: a safetensors file, the index of a sharded one, or a TensorFlow.js `model.json`.
 * @throws `CHECKPOINT_SHARD`, and what `checkFormat` and the readers throw
 */
export async function readTensors(file: string): Promise<NamedArrays> {
  const shards = await checkFiles(file);
  if (!file.endsWith('.json')) return (await readSafetensors(file)).tensors;
  if ((await indexedShards(file)) === undefined) return readTfjsWeights(file);
  const tensors: Record<string, NamedArrays[string]> = {};
  for (const shard of shards) Object.assign(tensors, (await readSafetensors(shard)).tensors);
  return tensors;
}

/**
 * Checks the form of a checkpoint's files without reading them whole.
 * @returns its shards
 * @throws `CHECKPOINT_SHARD` for one that is missing, and what `checkFormat` throws
 */
export async function checkFiles(file: string): Promise<string[]> {
  await checkFormat(file);
  const shards = (await shardsOf(file)).map((path) => join(dirname(file), path));
  for (const shard of shards) {
    if ((await stat(shard).catch(() => undefined))?.isFile() !== true) {
      throw new RethinkError('CHECKPOINT_SHARD', 'A shard of the checkpoint is missing.', {
        location: { file: shard },
        hint: `Fetch it too: ${file} names ${shards.length} files, which belong beside it.`,
      });
    }
    if (shard.endsWith('.safetensors')) await checkFormat(shard);
  }
  return shards;
}
