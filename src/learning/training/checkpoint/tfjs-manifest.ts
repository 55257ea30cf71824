import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { RethinkError, type NamedArrays } from '../../../contract';

const weightSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  dtype: z.string(),
  quantization: z.unknown().optional(),
});

const modelSchema = z.object({
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(weightSchema) })),
});

/**
 * Weights of a TensorFlow.js model: `model.json` with a weights manifest, and its shards beside it. float32 and
 * int32 are read, quantised weights are not.
 * @throws `TFJS_MANIFEST`, `TFJS_SHARD`, naming file and tensor
 */
export async function readTfjsWeights(file: string): Promise<NamedArrays> {
  const { weightsManifest } = parseManifest(await read(file, 'TFJS_MANIFEST'), file);
  const tensors: Record<string, NamedArrays[string]> = {};
  for (const { paths, weights } of weightsManifest) {
    const shards = await Promise.all(
      paths.map((path) => read(join(dirname(file), withinFolder(path, file)), 'TFJS_SHARD')),
    );
    const bytes = Buffer.concat(shards);
    let offset = 0;
    for (const { name, shape, dtype, quantization } of weights) {
      if (Object.hasOwn(tensors, name)) throw malformed(file, 'it names a tensor twice', name);
      if (quantization !== undefined || (dtype !== 'float32' && dtype !== 'int32')) {
        throw malformed(
          file,
          `${quantization === undefined ? dtype : 'quantised'} weights are not read`,
          name,
        );
      }
      const length = 4 * shape.reduce((product, side) => product * side, 1);
      if (offset + length > bytes.length) throw shortShard(file, name, paths);
      // A copy starts at an aligned address.
      const own = new Uint8Array(bytes.subarray(offset, offset + length)).buffer;
      tensors[name] = { shape, values: dtype === 'float32' ? new Float32Array(own) : new Int32Array(own) };
      offset += length;
    }
    if (offset !== bytes.length) {
      throw malformed(file, `${bytes.length - offset} bytes of ${paths.join(', ')} belong to no tensor`);
    }
  }
  return tensors;
}

/** Paths of the manifest's shards, relative to it, in order. @throws `TFJS_MANIFEST` */
export async function tfjsShards(file: string): Promise<string[]> {
  const { weightsManifest } = parseManifest(await read(file, 'TFJS_MANIFEST'), file);
  return weightsManifest.flatMap(({ paths }) => paths.map((path) => withinFolder(path, file)));
}

function parseManifest(content: Buffer, file: string): z.infer<typeof modelSchema> {
  let document: unknown;
  try {
    document = JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw malformed(file, 'it is not JSON', undefined, cause);
  }
  const parsed = modelSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const { message, path } = parsed.error.issues[0]!;
  throw malformed(file, message, path.join('.'));
}

/** A manifest may name neighbours, not files anywhere on the disk. */
export function withinFolder(path: string, file: string): string {
  if (path.split(/[\\/]/).includes('..') || /^([\\/]|[A-Za-z]:)/.test(path)) {
    throw new RethinkError('CHECKPOINT_SHARD', `The shard ${path} is outside the folder of its checkpoint.`, {
      location: { file },
    });
  }
  return path;
}

async function read(file: string, code: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new RethinkError(code, 'The weights cannot be read.', {
      location: { file },
      hint: 'Check the path; the shards belong beside model.json.',
      cause,
    });
  }
}

function malformed(file: string, reason: string, path?: string, cause?: unknown): RethinkError {
  return new RethinkError('TFJS_MANIFEST', `The TensorFlow.js weights manifest is invalid: ${reason}.`, {
    location: { file, path },
    cause,
  });
}

function shortShard(file: string, name: string, paths: readonly string[]): RethinkError {
  return new RethinkError('TFJS_SHARD', `The shards ${paths.join(', ')} end before the tensor does.`, {
    location: { file, path: name },
    hint: 'Fetch or copy them again.',
  });
}
