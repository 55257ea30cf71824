import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineIdentity } from '../planning/engine';
import { readBenchmark } from '../benchmark/read';
import { Catalog } from '../../core/catalog/catalog';
import type { PluginKind } from '../../contract';
import { prepareDatasets, type PreparedDatasets } from '../../learning/dataset/prepare';
import { checkInChild } from './check-in-child';
import {
  checkAugmentationDeterminism,
  checkAugmentedBoxes,
  checkResults,
  applySome,
} from './checks/augmentation';
import { checkOptions } from './checks/options';
import { checkPlanDeterminism, planFindings, planSmall } from './checks/plan';
import { checkStages } from './checks/stages';
import { checkTensors } from './checks/tensors';
import type { PluginFinding } from './finding';
import { rules, type RuleCode } from './rules';
import { type CheckSetting, type Subject, subjectOf } from './target';
import { writeSmallBenchmark } from './small-benchmark';
import { packageFolder } from '../../core/files/package-folder';

const repository = packageFolder;
let root: string;
let prepared: PreparedDatasets;
beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'conformance-')));
  const { dataset } = readBenchmark(writeSmallBenchmark(root, { kind: 'init', name: 'random' })).benchmark;
  prepared = await prepareDatasets(dataset, root, { baseFolder: root });
});
afterAll(() => rmSync(root, { recursive: true }));

interface Fixture {
  readonly kind: PluginKind;
  /** Body of the class. */
  readonly body: string;
  readonly options?: string;
  readonly head?: string;
  /** Seconds that a stage has to stop. */
  readonly grace?: number;
}

/** Writes a plugin that is sound but for the body that is given. */
function write(
  name: string,
  { kind, body, options = 'z.strictObject({})', head = '' }: Fixture,
): CheckSetting {
  const folder = join(root, 'plugins', kind, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'index.ts'),
    `import * as tf from '@tensorflow/tfjs';
    import { z } from 'zod';
    import { fit, jitterAndCrop, flipImage } from 'rethink-bench/contract';
    ${head}
    export default class Fixture {
      static plugin = {
        kind: '${kind}', name: '${name}', version: '1.0.0', contract: 1, description: 'A fixture.',
        options: ${options},
      };
      ${body}
    }`,
  );
  const roots = [join(root, 'plugins'), join(repository, 'plugins')];
  const scratch = join(root, 'scratch', kind, name);
  const roles = Object.entries(prepared);
  return {
    kind,
    name,
    roots,
    benchmark: writeSmallBenchmark(scratch, { kind, name }, [0, 1]),
    data: Object.fromEntries(
      roles.map(([role, { digest, size, categories }]) => [
        role,
        { digest, size, categories: categories.length },
      ]),
    ),
    datasets: Object.fromEntries(roles.map(([role, { location }]) => [role, location])),
    engine: engineIdentity('tensorflow', false),
    backend: 'tensorflow',
    scratch,
  };
}

const proven = new Set<string>();
/** The rules that a fixture breaks: one, and no other. */
function expectOnly(code: RuleCode, findings: readonly PluginFinding[] | 'nothing to check'): void {
  proven.add(code);
  if (findings === 'nothing to check') throw new Error(findings);
  expect(findings.map((found) => found.code)).toEqual([code]);
  expect(findings[0]!.seen).not.toBe('');
  const { severity, expected } = rules[code];
  expect(findings[0]).toMatchObject({ severity, expected });
}

let count = 0;
function subject(fixture: Fixture): Subject {
  const setting = write(`fixture-${count++}`, fixture);
  return subjectOf(setting, new Catalog(setting.roots));
}

const plan = (body: string, kind: PluginKind = 'strategy'): Fixture => ({
  kind,
  body: `plan({ stages, init, data, augmentation, schedule }) { ${body} }`,
});
const supervised = 'return stages.train({ from: init, data: [data.labelled], augmentation });';

describe('options', () => {
  it.each([
    ['CHECK_OPTIONS_OPEN', 'z.object({})'],
    ['CHECK_OPTIONS_DEFAULTS', "z.strictObject({ a: z.number().meta({ description: 'x' }) })"],
    ['CHECK_OPTIONS_SILENT', 'z.strictObject({ a: z.number().default(1) })'],
  ] as const)('%s', (code, options) => {
    expectOnly(code, checkOptions(subject({ ...plan(supervised), options })));
  });

  it('PLUGIN_CONSTRUCT, PLUGIN_SHAPE', () => {
    const throwing = { ...plan(supervised), body: `constructor() { throw new Error('no'); } plan() {}` };
    expectOnly('PLUGIN_CONSTRUCT', checkOptions(subject(throwing)));
    expectOnly(
      'PLUGIN_SHAPE',
      checkOptions(subject({ kind: 'augmentation', body: 'apply(s) { return s; }' })),
    );
  });
});

describe('plans', () => {
  it.each([
    ['CHECK_THREW', "throw new Error('no idea');"],
    ['CHECK_PLAN_RESULT', 'return init;'],
    [
      'CHECK_PLAN_RESULT',
      "return stages.train({ from: { type: 'weights', id: 'x' }, data: [data.labelled] });",
    ],
  ] as const)('%s', async (code, body) => {
    expectOnly(code, planFindings(await planSmall(subject(plan(body)))));
  });

  it.each([
    [
      'CHECK_NOT_REPEATABLE',
      'return stages.train({ from: init, data: [{ data: data.labelled, weight: Math.random() }], augmentation });',
    ],
  ] as const)('%s', async (code, body) => {
    expectOnly(code, await checkPlanDeterminism(subject(plan(body))));
  });

  it('are sound', async () => {
    const sound = subject(plan(supervised));
    expect(checkOptions(sound)).toEqual([]);
    expect(planFindings(await planSmall(sound))).toEqual([]);
    expect(await checkPlanDeterminism(sound)).toEqual([]);
    expect(await checkStages(sound, await planSmall(sound))).toBe('nothing to check');
  });
});

const apply = (body: string, more = ''): Subject =>
  subject({
    kind: 'augmentation',
    body: `strength = 1; ${more} apply(sample, { size, random, another }) { ${body} }`,
  });
const jitter = 'jitterAndCrop(sample, { size, scaleMin: 0.8, scaleMax: 1.2, flip: 0.5 }, random)';

describe('augmentations', () => {
  it('are sound', () => {
    const sound = apply(`return ${jitter};`);
    expect(checkResults(sound)).toEqual([]);
    expect(checkAugmentationDeterminism(sound)).toEqual([]);
    expect(checkAugmentedBoxes(sound)).toEqual([]);
  });

  it.each([
    ['CHECK_THREW', `if (sample.image.width < 10) throw new Error('small'); return ${jitter};`],
    ['CHECK_IMAGE', 'return sample;'],
    [
      'CHECK_BOX_OUTSIDE',
      `const moved = ${jitter}; return { ...moved, objects: moved.objects.map((o) => ({ ...o, xMax: o.xMax + 9 })) };`,
    ],
  ] as const)('%s', (code, body) => expectOnly(code, checkResults(apply(body))));

  it.each([
    ['CHECK_NOT_REPEATABLE', 'return jitterAndCrop(sample, { size, scaleMin: 0.8, scaleMax: 1.2, flip: Math.random() }, { ...random, chance: () => false, uniform: Math.random, between: Math.random });', ''],
    ['CHECK_SEED_IGNORED', 'return fit(sample, size);', ''],
    ['CHECK_REMEMBERS', `if (this.calls++ > 3) random.uniform(); return ${jitter};`, 'calls = 0;'],
    ['CHECK_SAMPLE_CHANGED', `const moved = ${jitter}; sample.image.data[0]++; return moved;`, ''],
  ] as const)('%s', (code, body, more) => expectOnly(code, checkAugmentationDeterminism(apply(body, more)))); // prettier-ignore

  it.each([
    ['mirrors pixels alone', `const moved = ${jitter}; return { ...moved, image: flipImage(moved.image) };`],
    ['scales boxes alone', 'const moved = fit(sample, size); return { ...moved, objects: sample.objects.map((o) => ({ ...o, xMin: o.xMin / 2, xMax: o.xMax / 2 })) };'],
    ['changes categories', `const moved = ${jitter}; return { ...moved, objects: moved.objects.map((o) => ({ ...o, category: 1 - o.category })) };`],
    ['loses boxes', `return { ...${jitter}, objects: [] };`],
  ])('CHECK_BOX_LEFT_PIXELS: %s', (_, body) => expectOnly('CHECK_BOX_LEFT_PIXELS', checkAugmentedBoxes(apply(body)))); // prettier-ignore

  it('CHECK_TENSORS_LEAKED', async () => {
    const leaking = apply(`tf.scalar(1); return ${jitter};`);
    expectOnly('CHECK_TENSORS_LEAKED', await checkTensors(() => applySome(leaking), 'four calls'));
    const tidy = apply(`tf.tidy(() => { tf.scalar(1); }); return ${jitter};`);
    expect(await checkTensors(() => applySome(tidy), 'four calls')).toEqual([]);
  });
});

/** An init whose weights a stage of its own makes. */
const stage = (run: string, request = ''): Fixture =>
  plan(`return stages.custom('mine', { ${request} run: async (context) => { ${run} } }).weights;`, 'init');
const check = async (fixture: Fixture) => {
  const made = subject(fixture);
  return checkStages(made, await planSmall(made), fixture.grace);
};
const drawn = `const values = Float32Array.from({ length: 3 }, () => context.random.normal());`;
const leave = `await context.write.weights({ a: { shape: [3], values } });`;

describe('stages of a plugin', () => {
  it('are sound', async () => {
    expect(await check(stage(`${drawn} context.declareFlops(3); ${leave}`))).toEqual([]);
  });

  it.each([
    ['CHECK_STAGE_FAILED', "throw new Error('half-way');"],
    ['CHECK_NOT_REPEATABLE', `const values = new Float32Array(3).fill(Math.random()); context.declareFlops(1); ${leave}`],
    ['CHECK_RESUME', `const values = new Float32Array(3).fill(globalThis.left ?? 0); context.progress(1, 2); if (context.signal.aborted) { globalThis.left = 1; throw new Error('stopped'); } else { globalThis.left = 0; } context.declareFlops(1); ${leave}`],
    ['CHECK_FLOPS_UNDECLARED', `${drawn} ${leave}`],
    ['CHECK_FLOPS_DISAGREE', `${drawn} tf.tidy(() => { tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])); }); context.declareFlops(8 ** 3); ${leave}`],
    ['CHECK_CANCEL', 'await new Promise((resolve) => setTimeout(resolve, 3_600_000).unref());'],
  ] as const)('%s', async (code, run) =>
    expectOnly(code, await check({ ...stage(run), grace: code === 'CHECK_CANCEL' ? 1 : undefined })),
  ); // prettier-ignore

  it('have images, and a trainer that is metered and goes on where it was', async () => {
    const batches = '[{}, { share: 0.5, soft: true }]';
    const fixture = plan(
      `const { detector } = stages.custom('mine', {
        trainer: { from: init, batches: ${batches}, average: 0.9, schedule: { steps: 5 } },
        data: { labelled: data.labelled, pool: data.unlabelled },
        augmentation,
        run: async ({ trainer, data, random, progress, write }) => {
          while (trainer.steps < trainer.totalSteps) {
            const draws = random.fork(trainer.steps);
            const [count, poolCount] = trainer.images;
            const take = async (data, count, name) => Promise.all(data.indices(trainer.steps, count).map(async (place, i) =>
              data.augment(await data.sample(place), draws.fork(name + i))));
            const pool = await take(data.pool, poolCount, 'pool');
            if (pool.some(({ objects }) => objects.length > 0)) throw new Error('hidden truth');
            const found = await trainer.detect(pool.map(({ image }) => image), 'average');
            await trainer.step([
              { samples: await take(data.labelled, count, 'labelled') },
              { samples: pool.map(({ image }, i) => ({ image, objects: found[i].slice(0, 3) })) },
            ]);
            progress(trainer.steps, trainer.totalSteps);
          }
          await write.weights(await trainer.weights('average'));
        },
      });
      return detector;`,
    );
    expect(await check(fixture)).toEqual([]);
  });
});

describe('the process of the checks', () => {
  const outcomes = async (name: string, fixture: Fixture, timeout?: number) => {
    const checks = await checkInChild({ ...write(name, fixture), timeout });
    return Object.fromEntries(checks.map((outcome) => [outcome.check, outcome]));
  };

  it('CHECK_VALIDATION_READ and CHECK_WRITES_OUTSIDE', async () => {
    const image = join(prepared.validation.location.images, '..', 'x');
    const { annotations } = prepared.validation.location;
    const { files } = await outcomes('reads', {
      ...plan(`fs.readFileSync(${JSON.stringify(annotations)}); ${supervised}`),
      head: "import fs from 'node:fs';",
    });
    expectOnly('CHECK_VALIDATION_READ', files!.findings);
    const { files: written } = await outcomes('writes', {
      ...plan(`fs.mkdirSync(${JSON.stringify(dirname(image))}, { recursive: true }); ${supervised}`),
      head: "import fs from 'node:fs';",
    });
    expectOnly('CHECK_WRITES_OUTSIDE', written!.findings);
  });

  it('CHECK_ENDED: names the check, and skips what comes after', async () => {
    const { plan: planned, files } = await outcomes('exits', plan('process.exit(3);'));
    expectOnly('CHECK_ENDED', planned!.findings);
    expect(files).toMatchObject({ status: 'skipped' });
  });

  it('CHECK_HUNG', async () => {
    const { plan: planned } = await outcomes('hangs', plan('for (;;);'), 8);
    expectOnly('CHECK_HUNG', planned!.findings);
  });

  it.each([
    ['PLUGIN_LOAD', 'export default class {'],
    ['PLUGIN_NO_CLASS', 'export const x = 1;'],
    ['PLUGIN_MANIFEST', 'export default class { plan() {} }'],
  ] as const)('%s', async (code, source) => {
    const setting = write(`shape-${code.toLowerCase().replaceAll('_', '-')}`, plan(supervised));
    writeFileSync(join(root, 'plugins', 'strategy', setting.name, 'index.ts'), source);
    const [shape, ...rest] = await checkInChild(setting);
    expectOnly(code, shape!.findings);
    expect(rest.filter(({ status }) => status !== 'skipped').map(({ check: id }) => id)).toEqual(['files']);
  });
});

afterAll(() => {
  // Shapes are proved beside the catalogue, the trial by the command line's test.
  const elsewhere = ['PLUGIN_NO_ENTRY', 'PLUGIN_CONTRACT', 'CHECK_TRIAL'];
  expect([...proven, ...elsewhere].sort()).toEqual(Object.keys(rules).sort());
});
