import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../../contract';
import { detectorSpec } from '../../../core/plan/detector-spec';
import { describeParameters } from '../../detector/architecture';
import { initialiseWeights, toFile } from '../../detector/weights';
import { serialiseSafetensors } from '../../tensor/safetensors';
import { fetchCheckpoint } from './hub/fetch-file';
import { HubCache } from './hub/cache';
import { hubSettings } from './hub/connection';
import { commitOf, LoopbackHub } from './hub/loopback-hub.test-helper';
import { identifyCheckpoint } from './identity';
import { readCheckpoint } from './read-checkpoint';
import { type HubFile, parseSource } from './source';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'formats-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const spec = detectorSpec.parse({ backbone: { type: 'plain', channels: [4, 4, 4, 4, 4] }, size: 32 });
const parameters = describeParameters(spec, []);
const weights = initialiseWeights(parameters, createRandom(1));
const tensors = toFile(parameters, weights);
const whole = serialiseSafetensors(tensors);

const logger = { debug() {}, info() {}, warn() {} };
const plan = (source: string) =>
  identifyCheckpoint(source, {
    baseFolder: folder,
    env: {},
    logger,
    resolve: () => Promise.reject(new Error('no hub')),
  });
const read = (file: string) => readCheckpoint({ file, layout: 'rethink', spec });
const write = (name: string, content: string | Buffer): string => {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};

/** A ZIP archive as far as its first entry's name. */
function zip(entry: string): Buffer {
  const header = Buffer.alloc(30 + entry.length);
  header.write('PK\x03\x04\x14\x00\x00\x00', 'latin1');
  header.writeUInt16LE(entry.length, 26);
  header.write(entry, 30);
  return Buffer.concat([header, Buffer.alloc(600)]);
}

const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 123456789\n';

describe('a file that is given as weights by mistake', () => {
  it.each([
    ['w.safetensors', pointer, 'a Git LFS pointer to 123456789 bytes', 'git lfs pull'],
    ['model.json', pointer, 'a Git LFS pointer', 'git lfs pull'],
    ['w.safetensors', '\n<!DOCTYPE html>\n<html class="">', 'a web page', '/resolve/'],
    [
      'w.pth',
      zip('archive/data.pkl'),
      'a PyTorch checkpoint (a pickle in a ZIP',
      'safetensors.torch.save_file',
    ],
    ['w.pt', Buffer.from('80028a0a6cfc9c46f920', 'hex'), 'a pickle', 'safetensors.torch.save_file'],
    ['w.bin', Buffer.from('8004951500000000000000', 'hex'), 'a pickle', 'weights_only=True'],
    ['w.keras', zip('config.json'), 'a ZIP archive', 'Unpack it'],
    ['w.h5', Buffer.from('894844460d0a1a0a00', 'hex'), 'an HDF5 file', 'tensorflowjs_converter'],
    ['w.safetensors', Buffer.from('1f8b08000000000000', 'hex'), 'a gzip archive', 'gunzip'],
    ['w.safetensors', 'Entry not found', 'text (“Entry not found”)', 'download the file again'],
    ['w.safetensors', '{"error":"Repository not found"}', 'text (“{"error"', 'download the file again'],
  ])('%s is named as what it is', async (name, content, what, hint) => {
    const file = write(name, content);
    const error = {
      code: 'CHECKPOINT_FORMAT',
      message: expect.stringContaining(what) as string,
      hint: expect.stringContaining(hint) as string,
      location: { file },
    };
    await expect(plan(name)).rejects.toMatchObject(error);
    await expect(read(file)).rejects.toMatchObject(error);
  });

  it.each([
    ['half of the data', whole.subarray(0, -100)],
    ['half of the header', whole.subarray(0, 100)],
    ['a few bytes', whole.subarray(0, 5)],
    ['nothing', Buffer.alloc(0)],
  ])('that is cut off to %s is refused by the plan', async (_, content) => {
    write('w.safetensors', content);
    await expect(plan('w.safetensors')).rejects.toMatchObject({ code: 'SAFETENSORS_TRUNCATED' });
  });

  it('but is a safetensors file whose first bytes look like gzip is read', async () => {
    // A header of 0x8b1f bytes.
    const length = whole.readBigUInt64LE(0);
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(0x8b1fn);
    const header = whole.subarray(8, 8 + Number(length));
    const padding = Buffer.alloc(0x8b1f - header.length, ' ');
    const file = write(
      'w.safetensors',
      Buffer.concat([start, header, padding, whole.subarray(8 + header.length)]),
    );
    await expect(plan('w.safetensors')).resolves.toMatchObject({ file });
    expect(await read(file)).toEqual(weights);
  });
});

describe('a sharded checkpoint', () => {
  const names = Object.keys(tensors);
  const shardOf = (name: string) => `model-0000${names.indexOf(name) < 9 ? 1 : 2}-of-00002.safetensors`;
  const index = JSON.stringify({
    metadata: { total_size: 1 },
    weight_map: Object.fromEntries(names.map((name) => [name, shardOf(name)])),
  });
  const shards = Object.fromEntries(
    [...new Set(names.map(shardOf))].map((shard) => [
      shard,
      serialiseSafetensors(
        Object.fromEntries(Object.entries(tensors).filter(([name]) => shardOf(name) === shard)),
      ),
    ]),
  );
  const files = { 'model.safetensors.index.json': Buffer.from(index), ...shards };

  it('is read by its index, and known by its content', async () => {
    for (const [name, content] of Object.entries(files)) write(name, content);
    const file = join(folder, 'model.safetensors.index.json');
    expect(await read(file)).toEqual(weights);
    const before = await plan('model.safetensors.index.json');
    expect(before).toMatchObject({ file, content: expect.stringMatching(/^sha256:/) as string });
    const [last] = Object.keys(shards).slice(-1);
    const changed = Buffer.from(shards[last!]!);
    changed[changed.length - 1]! ^= 1;
    write(last!, changed);
    expect((await plan('model.safetensors.index.json')).content).not.toBe(before.content);
  });

  it('with a missing, broken or distant shard is refused by the plan', async () => {
    write('model.safetensors.index.json', index);
    const [first, last] = Object.keys(shards) as [string, string];
    write(first, shards[first]!);
    const refused = expect(plan('model.safetensors.index.json')).rejects;
    await refused.toMatchObject({ code: 'CHECKPOINT_SHARD', location: { file: join(folder, last) } });
    write(last, pointer);
    await expect(plan('model.safetensors.index.json')).rejects.toMatchObject({ code: 'CHECKPOINT_FORMAT' });
    write('away.json', JSON.stringify({ weight_map: { a: '../secret.safetensors' } }));
    await expect(plan('away.json')).rejects.toThrow(/outside the folder/);
  });

  it('is fetched from a hub with its shards', async () => {
    await using hub = await LoopbackHub.start(files);
    const location = parseSource('hf:owner/name#model.safetensors.index.json') as HubFile;
    const file = await fetchCheckpoint(
      { ...location, revision: commitOf('first') },
      { settings: hubSettings({ HF_ENDPOINT: hub.endpoint }), cache: new HubCache(folder) },
    );
    expect(readFileSync(file, 'utf8')).toBe(index);
    expect(await read(file)).toEqual(weights);
  });
});
