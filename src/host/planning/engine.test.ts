import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { engineIdentity } from './engine';
import { stageKey } from './stage-key';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-native-'));
  vi.stubEnv('RETHINK_NATIVE', folder);
  vi.stubEnv('RETHINK_KERNELS', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Files of a set-up, as `npm run tensorflow` leaves them. */
function setUp(variant: string, kernels?: boolean): void {
  mkdirSync(join(folder, variant));
  writeFileSync(join(folder, variant, 'addon.node'), '');
  const versions = { source: 'wheel', device: 'cpu', tensorflow: '2.21.0', tfjsNode: '4.22.0' };
  const manifest = { addon: 'addon.node', kernels, ...versions };
  writeFileSync(join(folder, variant, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'current.json'), JSON.stringify({ device: 'cpu', asked: false, variant }));
}

const key = () =>
  stageKey(
    { kind: 'train', parameters: {} } as Parameters<typeof stageKey>[0],
    0,
    {},
    engineIdentity('tensorflow', false),
  );

it('says which own kernels compute, and other ones are another stage', () => {
  setUp('tensorflow-2.21-cpu-napi-8-r3', true);
  expect(engineIdentity('tensorflow', false).version).toBe(
    'TensorFlow 2.21.0 (cpu), tfjs-node 4.22.0, own kernels r3',
  );
  const keys = [key()];
  setUp('tensorflow-2.21-cpu-napi-8-r4', true);
  keys.push(key());
  vi.stubEnv('RETHINK_KERNELS', '0');
  expect(engineIdentity('tensorflow', false).version).toMatch(/, no own kernels$/);
  keys.push(key());
  expect(new Set(keys).size).toBe(3);
  // Switched off or never there: the same results.
  vi.stubEnv('RETHINK_KERNELS', undefined);
  setUp('tensorflow-2.21-cpu-napi-8-r1');
  expect(key()).toBe(keys[2]);
});
