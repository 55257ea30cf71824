import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../src/core/plan/plan';
import { createRandom } from '../src/contract';
import { describeParameters } from '../src/learning/detector/architecture';
import { detectorSpec } from '../src/core/plan/detector-spec';
import { initialiseWeights, toFile } from '../src/learning/detector/weights';
import { inferenceFlops } from '../src/learning/training/network-flops';
import { commitOf, LoopbackHub } from '../src/learning/training/checkpoint/hub/loopback-hub.test-helper';
import { parseSafetensors, serialiseSafetensors } from '../src/learning/tensor/safetensors';
import { TinyBenchmark } from './tiny-benchmark';

const backbone = { type: 'plain', channels: [4, 4, 8, 8, 8] };
const spec = detectorSpec.parse({ backbone, size: 64 });
const parameters = describeParameters(spec, []);
const weights = (seed: number) =>
  serialiseSafetensors(toFile(parameters, initialiseWeights(parameters, createRandom(seed))));

describe('trials that start from weights made elsewhere', () => {
  let benchmark: TinyBenchmark;
  let hub: LoopbackHub;
  beforeEach(async () => {
    hub = await LoopbackHub.start({ 'model.safetensors': weights(1) });
    benchmark = new TinyBenchmark();
  });
  afterEach(async () => {
    benchmark[Symbol.dispose]();
    await hub[Symbol.asyncDispose]();
  });

  const from = (source: string, schedule: object = {}) => {
    const checkpoint = {
      source,
      layout: 'rethink',
      cost: { size: 64, epochs: 2, images: 100, source: 'their paper, table 1' },
    };
    benchmark.write({
      axes: { init: [{ use: 'imagenet', options: { checkpoint } }], strategy: ['supervised'] },
      schedule,
    });
  };
  const env = () => ({ HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(benchmark.folder, 'hub') });
  const run = async (command: string, environment: NodeJS.ProcessEnv = env()) => {
    const { code, stdout, stderr } = await benchmark.rethink([command, 'tiny.yaml', '--json'], {
      env: environment,
    });
    return { code, stderr, document: JSON.parse(stdout) as Record<string, unknown> };
  };
  const plan = async (environment?: NodeJS.ProcessEnv) =>
    (await run('plan', environment)).document as unknown as Plan;
  const keyOf = ({ stages }: Plan) => stages.find(({ kind }) => kind === 'checkpoint')?.key;
  const artifactOf = (kind: string) => {
    const artifacts = join(benchmark.folder, 'workspace', 'artifacts');
    return readdirSync(artifacts, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('outcome.json'))
      .map((file) => ({
        folder: join(artifacts, dirname(file)),
        outcome: JSON.parse(readFileSync(join(artifacts, file), 'utf8')) as {
          stage: { kind: string; key: string };
        },
      }))
      .find(({ outcome }) => outcome.stage.kind === kind)!;
  };
  const tensorsOf = (kind: string) => {
    const file = join(artifactOf(kind).folder, 'weights.safetensors');
    return parseSafetensors(readFileSync(file), file).tensors;
  };

  it('fetch them from a hub, and charge what their makers declare', async () => {
    hub.faults.push({ type: 'cut', after: 500 });
    from('hf:owner/name@main');
    const { code, document } = await run('run');
    expect(code).toBe(0);
    expect(document).toMatchObject({ status: 'done' });
    const imagenet = { name: 'x', type: 'classification', categories: 1000 } as const;
    expect(artifactOf('checkpoint').outcome).toMatchObject({
      outcome: { summary: { content: `hf:owner/name@${commitOf('first')}#model.safetensors` } },
      ledger: {
        declared: true,
        source: 'their paper, table 1',
        flops: 200 * 3 * inferenceFlops(spec, imagenet),
        imagesSeen: 200,
      },
    });
    const out = join(benchmark.folder, 'site');
    expect((await benchmark.rethink(['report', '--out', out])).code).toBe(0);
    const pages = readdirSync(out, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.html'))
      .map((file) => readFileSync(join(out, file), 'utf8'));
    expect(pages.some((page) => page.includes('declared, not measured. their paper, table 1'))).toBe(true);
    expect(pages.some((page) => page.includes('weights from elsewhere'))).toBe(true);

    // Another content of the branch is another stage.
    const { key } = artifactOf('checkpoint').outcome.stage;
    hub.branches['main'] = commitOf('second');
    expect(keyOf(await plan())).not.toBe(key);
  });

  it('stay as they are where the backbone is frozen, in several passes too', async () => {
    writeFileSync(join(benchmark.folder, 'weights.safetensors'), weights(1));
    from('weights.safetensors', {
      freeze: { stages: 5, batchNorm: true },
      microBatch: 1,
      emaDecay: 0.5,
      clipNorm: 10,
    });
    expect((await run('run')).document).toMatchObject({ status: 'done' });
    const [checkpoint, trained] = ['checkpoint', 'train'].map((kind) => tensorsOf(kind));
    const backboneNames = Object.keys(checkpoint!);
    expect(backboneNames).toHaveLength(25);
    for (const name of backboneNames) expect(trained![name], name).toEqual(checkpoint![name]);
    expect(Object.keys(trained!).length).toBeGreaterThan(backboneNames.length);
  });

  it('are one stage for equal content, wherever the file is, and another for other content', async () => {
    mkdirSync(join(benchmark.folder, 'elsewhere'));
    writeFileSync(join(benchmark.folder, 'weights.safetensors'), weights(1));
    from('weights.safetensors');
    const first = keyOf(await plan());
    cpSync(
      join(benchmark.folder, 'weights.safetensors'),
      join(benchmark.folder, 'elsewhere', 'copy.safetensors'),
    );
    from('${ELSEWHERE}/copy.safetensors');
    expect(keyOf(await plan({ ELSEWHERE: join(benchmark.folder, 'elsewhere') }))).toBe(first);
    writeFileSync(join(benchmark.folder, 'elsewhere', 'copy.safetensors'), weights(2));
    expect(keyOf(await plan({ ELSEWHERE: join(benchmark.folder, 'elsewhere') }))).not.toBe(first);
  });

  it('can be planned without a network, and fail in words when they are run so', async () => {
    from('hf:owner/name@main');
    const offline = { ...env(), HF_HUB_OFFLINE: '1' };
    expect((await plan(offline)).trials).toMatchObject([{ stageKeys: { length: 4 } }]);
    const failed = await benchmark.rethink(['run', 'tiny.yaml'], { env: offline });
    expect(failed.code).toBe(3);
    expect(failed.stdout + failed.stderr).toMatch(/could not be resolved when the plan was made/);
    expect((await run('run')).document).toMatchObject({ status: 'done' });
    expect(existsSync(join(benchmark.folder, 'hub', 'models--owner--name', 'blobs'))).toBe(true);
  });

  it('are skipped with a reason where the hub has none of that name, or the path leads nowhere', async () => {
    for (const [source, reason] of [
      ['hf:owner/other', 'The hub has no hf:owner/other@main#model.safetensors'],
      ['wights.safetensors', 'does not exist.'],
      ['s3://bucket/x', 'is not a source of weights'],
    ] as const) {
      from(source);
      expect((await plan()).trials[0]?.skipped?.reason).toContain(reason);
    }
  });
});
