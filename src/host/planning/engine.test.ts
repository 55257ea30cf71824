import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { detectorSpec } from '../../core/plan/detector-spec';
import { mixedPrecisionProblem } from '../../learning/tensor/precision';
import { buildPlan } from './build-plan';
import { checkPrecision, engineIdentity } from './engine';
import { planInput } from './plan-input.test-helper';
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

describe('mixed precision', () => {
  const benchmark = (precision?: string) => {
    const detector = { size: 96, backbone: { type: 'plain' }, ...(precision && { precision }) };
    const { benchmark: given } = planInput(['supervised']);
    const locate = (path: readonly PropertyKey[]) => ({ file: 'b.yaml', path: path.join('.') });
    return { benchmark: { ...given, detector: detectorSpec.parse(detector) }, locate };
  };

  it('is refused where the engine cannot, with the reason', () => {
    expect(() => checkPrecision(benchmark('mixed'), 'webgpu', true)).toThrow(
      expect.objectContaining({
        code: 'PRECISION_UNSUPPORTED',
        message: expect.stringContaining('“webgpu” computes in float32 only') as string,
        location: { file: 'b.yaml', path: 'detector.precision' },
      }) as Error,
    );
    for (const precision of [undefined, 'float32']) {
      expect(() => checkPrecision(benchmark(precision), 'cpu', false)).not.toThrow();
    }
    setUp('tensorflow-2.21-cpu-napi-8-r3', true);
    const problemOn = (cpu: string, usesGpu = false) =>
      mixedPrecisionProblem('tensorflow', usesGpu, () => cpu);
    expect(problemOn('flags : avx512f avx512_bf16')).toBeUndefined();
    expect(problemOn('Features : fp asimd bf16')).toBeUndefined();
    expect(problemOn('flags : avx2 avx512f')).toMatch(/no instructions/);
    expect(problemOn('flags : avx2 avx512f', true)).toBeUndefined();
  });

  it('is part of stage keys, its absence and float32 are one default', () => {
    const keys = [undefined, 'float32', 'mixed'].map(
      (precision) =>
        buildPlan({ ...planInput(['supervised']), ...benchmark(precision) }).plan.trials[0]!.stageKeys,
    );
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2]!.filter((key) => keys[0]!.includes(key))).toEqual([]);
  });
});
