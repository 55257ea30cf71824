import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../../../contract';
import { parseSource, type HubFile } from '../source';
import { HubCache } from './cache';
import { hubSettings, type HubSettings } from './connection';
import { fetchFile } from './fetch-file';
import { commitOf, LoopbackHub } from './loopback-hub.test-helper';
import { resolveRevision } from './resolve-revision';

const weights = randomBytes(300_000);
const sum = createHash('sha256').update(weights).digest('hex');
const commit = commitOf('first');
const file = parseSource(`hf:owner/name@${commit}`) as HubFile;

let folder: string;
let cache: HubCache;
let hub: LoopbackHub;
const warnings: string[] = [];
const logger: Logger = { debug() {}, info() {}, warn: (message) => void warnings.push(message) };
const blobs = () => join(folder, 'models--owner--name', 'blobs');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-'));
  cache = new HubCache(folder);
  hub = await LoopbackHub.start({ 'model.safetensors': weights, 'half.safetensors': weights });
  warnings.length = 0;
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function settings(changes: Partial<HubSettings> = {}, environment: NodeJS.ProcessEnv = {}): HubSettings {
  const quick = { attempts: 3, retryDelayMs: 1, logger, ...changes };
  return hubSettings({ HF_ENDPOINT: hub.endpoint, ...environment }, quick);
}

const fetchIt = (changes: Partial<HubSettings> = {}, environment: NodeJS.ProcessEnv = {}) =>
  fetchFile(file, { settings: settings(changes, environment), cache });

describe('a file of a hub', () => {
  it('is fetched once, into the cache that all of its tools share', async () => {
    const progress: [number, number][] = [];
    const path = await fetchFile(file, {
      settings: settings(),
      cache,
      onBytes: (done, total) => progress.push([done, total]),
    });
    expect(path).toBe(join(folder, 'models--owner--name', 'snapshots', commit, 'model.safetensors'));
    expect(readFileSync(path)).toEqual(weights);
    expect(realpathSync(path)).toBe(realpathSync(join(blobs(), sum)));
    expect(readdirSync(blobs())).toEqual([sum]);
    expect(progress.at(-1)).toEqual([weights.length, weights.length]);
    const asked = hub.requests.length;
    expect(await fetchIt()).toBe(path);
    expect(hub.requests.length).toBe(asked);
    // Without a network too.
    expect(await fetchIt({ offline: true })).toBe(path);
  });

  it('is fetched once by two who want it at the same time', async () => {
    hub.faults.push({ type: 'slow', pieces: 10, pauseMs: 10 });
    const paths = await Promise.all([fetchIt(), fetchIt()]);
    expect(paths[0]).toBe(paths[1]);
    expect(hub.ranges).toHaveLength(1);
  });

  it.each([
    ['a connection that is cut', { type: 'cut', after: 100_000 }],
    ['an answer that ends early', { type: 'short', after: 100_000 }],
  ] as const)('goes on after %s, from the byte where it stood', async (_, fault) => {
    hub.faults.push(fault, fault);
    expect(readFileSync(await fetchIt())).toEqual(weights);
    expect(hub.ranges).toEqual([undefined, 'bytes=100000-299999', 'bytes=200000-299999']);
    expect(warnings).toHaveLength(2);
  });

  it('goes on in a later call, after the process was stopped', async () => {
    const controller = new AbortController();
    hub.faults.push({ type: 'slow', pieces: 30, pauseMs: 20 });
    const stopped = fetchFile(file, {
      settings: settings({ signal: controller.signal }),
      cache,
      onBytes: (done) => done >= 50_000 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(readFileSync(await fetchIt())).toEqual(weights);
    expect(hub.ranges[1]).toMatch(/^bytes=[1-9]\d*-299999$/);
  });

  it('is asked for again when the hub fails in passing', async () => {
    hub.apiFaults.push(500, 503);
    hub.faults.push(
      { type: 'status', status: 502 },
      { type: 'status', status: 429, headers: { 'retry-after': '0' } },
    );
    expect(readFileSync(await fetchIt())).toEqual(weights);
  });

  it('begins anew where the hub knows no ranges', async () => {
    hub.faults.push({ type: 'cut', after: 100_000 }, { type: 'range-ignored' });
    expect(readFileSync(await fetchIt())).toEqual(weights);
    // The answer from the beginning is taken as it comes.
    expect(hub.ranges).toEqual([undefined, 'bytes=100000-299999']);
  });

  it('gives up where nothing more comes, and keeps what came', async () => {
    hub.faults.push({ type: 'cut', after: 1000 });
    for (let i = 0; i < 9; i++) hub.faults.push({ type: 'cut', after: 0 });
    await expect(fetchIt()).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    expect(readFileSync(join(blobs(), `${sum}.incomplete`))).toEqual(weights.subarray(0, 1000));
  });

  it('with another sum is fetched again, and at last refused', async () => {
    hub.faults.push({ type: 'other-bytes' });
    expect(readFileSync(await fetchIt())).toEqual(weights);
    rmSync(blobs(), { recursive: true });
    rmSync(join(folder, 'models--owner--name', 'snapshots'), { recursive: true });
    hub.faults.push({ type: 'other-bytes' }, { type: 'other-bytes' });
    await expect(fetchIt()).rejects.toMatchObject({ code: 'HUB_CHECKSUM' });
  });

  it('that somebody else left unfinished or broken in the cache is mended', async () => {
    mkdirSync(blobs(), { recursive: true });
    writeFileSync(join(blobs(), `${sum}.incomplete`), randomBytes(weights.length + 5));
    expect(readFileSync(await fetchIt())).toEqual(weights);
    writeFileSync(join(blobs(), sum), 'rotten');
    rmSync(join(folder, 'models--owner--name', 'snapshots'), { recursive: true });
    expect(readFileSync(await fetchIt())).toEqual(weights);
  });

  it('may be sent on to a store, which does not get the token', async () => {
    await using store = await LoopbackHub.start({ 'model.safetensors': weights });
    hub.redirect = store.endpoint;
    store.faults.push({ type: 'cut', after: 1000 });
    expect(readFileSync(await fetchIt({}, { HF_TOKEN: 'hf_good' }))).toEqual(weights);
    expect(store.ranges).toEqual([undefined, 'bytes=1000-299999']);
    expect(store.tokens).toEqual([undefined, undefined]);
  });

  it('behind a gate wants a token, and takes it from HF_TOKEN', async () => {
    hub.gated = true;
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'HUB_REFUSED',
      message: expect.stringContaining('without a token') as string,
      hint: expect.stringContaining(`${hub.endpoint}/owner/name`) as string,
    });
    await expect(fetchIt({}, { HF_TOKEN: 'hf_bad' })).rejects.toMatchObject({ code: 'HUB_REFUSED' });
    expect(readFileSync(await fetchIt({}, { HF_TOKEN: 'hf_good' }))).toEqual(weights);
  });

  it.each([
    [`hf:owner/name@${commit}#hall.safetensors`, /half\.safetensors/],
    [`hf:owner/name@${commitOf('nothing')}`, /revisions/],
    [`hf:owner/other@${commit}`, /repository's name/],
  ])('that is not there is said to be so: %s', async (source, hint) => {
    await expect(
      fetchFile(parseSource(source) as HubFile, { settings: settings(), cache }),
    ).rejects.toMatchObject({ code: 'HUB_NOT_FOUND', hint: expect.stringMatching(hint) as string });
  });

  it('out of reach is said to be so, with what to do', async () => {
    const [endpoint] = [hub.endpoint];
    await hub[Symbol.asyncDispose]();
    hub = await LoopbackHub.start({});
    for (const [environment, reason] of [
      [{ HF_ENDPOINT: endpoint }, 'ECONNREFUSED'],
      [{ HF_HUB_OFFLINE: '1' }, 'HF_HUB_OFFLINE is set'],
    ] as const) {
      await expect(fetchIt({}, environment)).rejects.toMatchObject({
        code: 'HUB_UNREACHABLE',
        message: expect.stringContaining(reason) as string,
        hint: expect.stringContaining('Fetch the file by hand') as string,
      });
    }
  });
});

describe('a revision', () => {
  const main = parseSource('hf:owner/name') as HubFile;

  it('that is a commit is taken as it is', async () => {
    expect(await resolveRevision(file, settings(), cache)).toEqual(file);
    expect(hub.requests).toEqual([]);
  });

  it('that may move is the commit that it is now', async () => {
    expect(await resolveRevision(main, settings(), cache)).toEqual({ ...main, revision: commit });
    hub.branches['main'] = commitOf('second');
    expect((await resolveRevision(main, settings(), cache)).revision).toBe(commitOf('second'));
  });

  it('out of reach is what it was when last asked, with a warning', async () => {
    await expect(resolveRevision(main, settings({ offline: true }), cache)).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
    });
    await resolveRevision(main, settings(), cache);
    expect((await resolveRevision(main, settings({ offline: true }), cache)).revision).toBe(commit);
    expect(warnings).toEqual([expect.stringContaining(commit)]);
  });

  it('of no repository is an error, whatever is in the cache', async () => {
    await resolveRevision(main, settings(), cache);
    delete hub.branches['main'];
    await expect(resolveRevision(main, settings(), cache)).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' });
  });
});

describe('settings', () => {
  it('are those of the hub’s own tools', () => {
    expect(hubSettings({})).toMatchObject({ endpoint: 'https://huggingface.co', offline: false });
    expect(hubSettings({ HF_ENDPOINT: 'http://mirror/', HF_HUB_OFFLINE: '1' })).toMatchObject({
      endpoint: 'http://mirror',
      offline: true,
    });
    expect(() => hubSettings({ HF_ENDPOINT: 'mirror' })).toThrow(/not a web address/);
    expect(() => hubSettings({ HF_TOKEN: 'secret' })).toThrow(/not a valid access token/);
  });
});
