import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RethinkError } from '../../contract';
import { download, type DownloadOptions } from './download';
import { LoopbackStore, type StoreFault } from '../../learning/dataset/fetch/loopback-store.test-helper';

const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));
let folder: string;
let store: LoopbackStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'download-'));
  store = await LoopbackStore.start({ 'a.bin': content });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const fetchIt = (options: DownloadOptions = {}, name = 'a.bin') =>
  download(`${store.url}/${name}`, join(folder, 'a.bin'), { retryDelayMs: 1, ...options });
const got = () => readFileSync(join(folder, 'a.bin'));

describe('download', () => {
  it('leaves the file and nothing else, and says how far it is', async () => {
    const seen: number[] = [];
    await fetchIt({ onBytes: (done, total) => seen.push(done, total) });
    expect(got()).toEqual(content);
    expect(readdirSync(folder)).toEqual(['a.bin']);
    expect(seen.slice(-2)).toEqual([5000, 5000]);
  });

  it.each([
    { name: 'a cut line', faults: [{ type: 'cut', after: 2000 }] },
    { name: 'many cut lines', faults: Array.from({ length: 9 }, () => ({ type: 'cut', after: 300 })) },
    {
      name: 'a busy server',
      faults: [
        { type: 'status', status: 503 },
        { type: 'status', status: 429, headers: { 'retry-after': '0.01' } },
      ],
    },
    { name: 'a server without ranges', faults: [{ type: 'cut', after: 2000 }, { type: 'range-ignored' }] },
    {
      name: 'a server that sends another part',
      faults: [{ type: 'cut', after: 2000 }, { type: 'wrong-range' }],
    },
    { name: 'other bytes, once', faults: [{ type: 'other-bytes' }] },
    { name: 'a page instead of the file, once', faults: [{ type: 'page' }] },
  ] as { name: string; faults: StoreFault[] }[])('gets over $name', async ({ faults }) => {
    store.faults.push(...faults);
    const check = (file: string) => {
      if (readFileSync(file).equals(content)) return Promise.resolve();
      return Promise.reject(new RethinkError('ODD', 'not the file'));
    };
    await fetchIt({ check });
    expect(got()).toEqual(content);
  });

  it('asks only for what is missing, in a later run too', async () => {
    store.faults.push({ type: 'cut', after: 2000 }, { type: 'status', status: 500 });
    await expect(fetchIt({ attempts: 1 })).rejects.toMatchObject({ code: 'FETCH_FAILED' });
    expect(existsSync(join(folder, 'a.bin'))).toBe(false);
    await fetchIt();
    expect(store.requests.at(-1)!.range).toBe('bytes=2000-');
    expect(got()).toEqual(content);
  });

  it('starts anew when the file has changed meanwhile', async () => {
    store.faults.push({ type: 'cut', after: 2000 }, { type: 'status', status: 500 });
    await expect(fetchIt({ attempts: 1 })).rejects.toMatchObject({ code: 'FETCH_FAILED' });
    store.files['a.bin'] = Buffer.from('something else, and shorter');
    await fetchIt();
    expect(got().toString()).toBe('something else, and shorter');
  });

  it('trusts no left-over without the server’s word for it', async () => {
    writeFileSync(join(folder, 'a.bin.partial'), 'left by something else');
    await fetchIt();
    expect(got()).toEqual(content);
  });

  it('gives up on a silent server', async () => {
    store.faults.push({ type: 'silent' }, { type: 'silent' });
    await expect(fetchIt({ attempts: 2, silenceMs: 50 })).rejects.toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.stringContaining('silent') as string,
    });
  });

  it('takes a no for a no', async () => {
    await expect(fetchIt({}, 'nothing')).rejects.toMatchObject({ code: 'FETCH_REFUSED' });
    expect(store.requests).toHaveLength(1);
  });

  it('says so when the content never has the stated sum', async () => {
    store.faults.push({ type: 'other-bytes' }, { type: 'other-bytes' });
    await expect(fetchIt()).rejects.toMatchObject({ code: 'FETCH_CHECKSUM' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names what is wrong with a server that is not there', async () => {
    const { url } = store;
    await store[Symbol.asyncDispose]();
    await expect(
      download(`${url}/a.bin`, join(folder, 'a.bin'), { retryDelayMs: 1, attempts: 2 }),
    ).rejects.toMatchObject({ message: expect.stringContaining('ECONNREFUSED') as string });
    store = await LoopbackStore.start({});
  });

  it('stops at once when asked to, and keeps what has come', async () => {
    const stop = new AbortController();
    store.faults.push({ type: 'cut', after: 2000 });
    const fetching = fetchIt({ signal: stop.signal, retryDelayMs: 10_000 });
    setTimeout(() => stop.abort(), 150);
    await expect(fetching).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(readFileSync(join(folder, 'a.bin.partial'))).toHaveLength(2000);
  });
});
