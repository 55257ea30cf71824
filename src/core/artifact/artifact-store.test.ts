import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactStore } from './artifact-store';
import { artifactFileName } from './manifest';
import { listFiles, checksumFiles, writeManifest } from './write-manifest';

const keyOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const key = keyOf('stage');

let workspace: string;
let store: ArtifactStore;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'rethink-store-'));
  store = new ArtifactStore(workspace);
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

async function make(name: string, files: Record<string, string>): Promise<string> {
  const draft = store.createDraft(name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(draft, file, '..'), { recursive: true });
    writeFileSync(join(draft, file), content);
  }
  writeManifest(draft, name, await checksumFiles(draft, listFiles(draft)));
  return store.publish(name, draft);
}

describe('ArtifactStore', () => {
  it('publishes a finalised draft as a whole artifact', async () => {
    expect(store.has(key)).toBe(false);
    const folder = await make(key, { 'weights.safetensors': 'abc', 'images/1.json': '{}' });
    expect(folder).toBe(join(workspace, 'artifacts', key.slice(0, 2), key));
    expect(store.has(key)).toBe(true);
    expect(await store.verify(key)).toBeUndefined();
    expect(store.keys()).toEqual([key]);
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toEqual({
      schemaVersion: 1,
      key,
      files: [
        { name: 'images/1.json', bytes: 2, sha256: keyOf('{}') },
        { name: 'weights.safetensors', bytes: 3, sha256: keyOf('abc') },
      ],
    });
  });

  it.each<[string, (folder: string) => void, string]>([
    [
      'a lost manifest',
      (folder) => rmSync(join(folder, 'manifest.json')),
      'manifest.json cannot be read (ENOENT)',
    ],
    [
      'a torn manifest',
      (folder) => writeFileSync(join(folder, 'manifest.json'), '{"schema'),
      'manifest.json is not valid JSON',
    ],
    [
      'a manifest that leads out of the folder',
      (folder) => {
        const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');
        writeFileSync(join(folder, 'manifest.json'), manifest.replace('a.json', '../a.json'));
      },
      'manifest.json: files.0.name: a path inside the artifact',
    ],
    ['a lost file', (folder) => rmSync(join(folder, 'a.json')), 'a.json is missing'],
    ['a cut file', (folder) => writeFileSync(join(folder, 'a.json'), '1'), 'a.json has 1 bytes instead of 4'],
    [
      'a longer file',
      (folder) => appendFileSync(join(folder, 'a.json'), '!'),
      'a.json has 5 bytes instead of 4',
    ],
  ])('moves an artifact with %s aside', async (_, spoil, reason) => {
    spoil(await make(key, { 'a.json': '1234' }));
    expect(store.has(key)).toBe(false);
    const { present, quarantined } = await store.take([key]);
    expect([...present]).toEqual([]);
    expect(quarantined).toMatchObject([{ key, reason }]);
    expect(existsSync(quarantined[0]!.folder)).toBe(true);
    await make(key, { 'a.json': '1234' });
    expect((await store.take([key])).present.has(key)).toBe(true);
  });

  it('finds an altered file of the same size by its sum', async () => {
    const folder = await make(key, { 'a.json': '1234' });
    writeFileSync(join(folder, 'a.json'), '1243');
    expect(store.has(key)).toBe(true);
    expect(await store.verify(key)).toBe('a.json was altered: its SHA-256 differs from the manifest');
    expect((await store.take([key], 'checksums')).quarantined).toHaveLength(1);
  });

  it('takes an artifact of another stage for unsound', async () => {
    const folder = await make(key, { 'a.json': '1' });
    const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');
    writeFileSync(join(folder, 'manifest.json'), manifest.replace(key, keyOf('other')));
    expect((await store.take([key])).quarantined[0]?.reason).toBe('manifest.json is for another stage');
  });

  it('refuses a draft that changed after it was finalised, and leaves nothing of it', () => {
    const draft = store.createDraft(key);
    writeManifest(draft, key, [{ name: 'a', bytes: 3, sha256: keyOf('abc') }]);
    expect(() => store.publish(key, draft)).toThrow("The stage's artifact is incomplete: a is missing");
    expect(existsSync(draft)).toBe(false);
    expect(store.keys()).toEqual([]);
  });

  it('refuses links in an artifact', () => {
    const draft = store.createDraft(key);
    symlinkSync('/etc/hostname', join(draft, 'weights.safetensors'));
    expect(() => listFiles(draft)).toThrow('An artifact may contain only plain files and folders.');
  });

  it('replaces a torn artifact that stands in the place, and keeps a whole one', async () => {
    const folder = await make(key, { a: '1' });
    rmSync(join(folder, 'a'));
    await make(key, { a: '2' });
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('2');
    expect(readdirSync(join(workspace, 'quarantine'))).toHaveLength(1);
    await make(key, { a: '3' });
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('2');
  });

  it('cleans the drafts that a killed run left', () => {
    store.createDraft(key);
    store.createDraft(keyOf('b'));
    expect(store.cleanLeftovers()).toBe(2);
    expect(store.cleanLeftovers()).toBe(0);
    expect(store.keys()).toEqual([]);
  });

  it('says what is in the way', () => {
    writeFileSync(join(workspace, 'artifacts'), 'a file');
    expect(() => store.createDraft(key)).toThrow('A folder is required, but a file exists there.');
  });

  it('takes no key that is none', () => {
    expect(() => store.folder('../../etc')).toThrow('Not a SHA-256');
  });
});

it('artifactFileName lets no name out of the folder', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '.', '..', '', 'C:', '\\', 'b.json'), { maxLength: 5 }),
      (parts) => {
        const name = parts.join('/');
        if (!artifactFileName.safeParse(name).success) return;
        expect(join('/some/folder', name).startsWith('/some/folder/')).toBe(true);
        expect(name).not.toContain('\\');
      },
    ),
  );
});
