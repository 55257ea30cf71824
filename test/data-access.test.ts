import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { TinyBenchmark } from './tiny-benchmark';

interface Trial {
  id: string;
  status: string;
  code?: string;
  reason?: string;
  stats?: { AP: number | null };
}

const strategy = (name: string, body: string) => `
  import { readFileSync, readdirSync } from 'node:fs';
  import { z } from 'zod';
  export default class Strategy {
    static plugin = {
      kind: 'strategy', name: '${name}', version: '1.0.0', contract: 1, description: 'For a test.',
      options: z.strictObject({}),
    };
    plan({ stages, init, data }) { ${body} }
  }`;

/** A stage of its own that looks at the first two images of a folder. */
const looking = (folder: string) => `
  const { weights } = stages.custom('look', {
    run: async (context) => {
      const folder = ${JSON.stringify(folder)};
      for (const file of readdirSync(folder).sort().slice(0, 2)) readFileSync(folder + '/' + file);
      await context.write.weights({});
    },
  });
  return stages.train({ from: weights, data: [data.labelled] });`;

async function trialsOf(benchmark: TinyBenchmark): Promise<Trial[]> {
  const { stdout } = await benchmark.rethink(['status', '--json']);
  return (JSON.parse(stdout) as { benchmarks: { trials: Trial[] }[] }).benchmarks[0]!.trials;
}

it('names a plugin that opened validation images, and ranks its trials nowhere', async () => {
  using benchmark = new TinyBenchmark({
    plugins: ['plugins'],
    axes: { strategy: ['supervised', 'peeks', 'honest'] },
  });
  const prepared = await benchmark.rethink(['data', 'prepare', benchmark.file, '--json']);
  const { validation, labelled } = JSON.parse(prepared.stdout) as Record<
    string,
    { location: { images: string } }
  >;
  benchmark.plugin('strategy', 'peeks', strategy('peeks', looking(validation!.location.images)));
  benchmark.plugin('strategy', 'honest', strategy('honest', looking(labelled!.location.images)));

  const run = await benchmark.rethink(['run', benchmark.file, '--report']);
  expect(run.code, run.stderr).toBe(0);
  const trials = await trialsOf(benchmark);
  const of = (name: string) => trials.find(({ id }) => id.includes(`strategy=${name}`))!;
  expect(of('supervised').status).toBe('done');
  expect(of('honest').status).toBe('done');
  expect(of('peeks')).toMatchObject({ status: 'invalid', code: 'VALIDATION_SEEN' });
  expect(of('peeks').reason).toContain('(strategy/peeks) opened 2 validation images');
  // Kept visible.
  expect(of('peeks').stats).toBeDefined();

  // Said again by a run that finds everything done, and by the pages.
  await benchmark.rethink(['run', benchmark.file]);
  expect((await trialsOf(benchmark)).filter(({ status }) => status === 'invalid')).toHaveLength(1);
  const site = dirname(run.stdout.trimEnd().split('\n').at(-1)!);
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.html'),
  );
  const peeking = pages.map((file) => readFileSync(join(site, file), 'utf8')).filter((page) => page.includes('strategy/peeks) opened')); // prettier-ignore
  expect(peeking.length).toBeGreaterThan(0);
}, 120_000);

it('finds a validation image in the training data by content, and marks the trials that saw it', async () => {
  using benchmark = new TinyBenchmark({ axes: { strategy: ['supervised'], fraction: [1] } });
  const prepared = await benchmark.rethink(['data', 'prepare', benchmark.file, '--json']);
  const at = JSON.parse(prepared.stdout) as Record<
    string,
    { location: { images: string; annotations: string } }
  >;
  const [own, other] = [at['labelled']!.location, at['validation']!.location];
  const first = (folder: string) => join(folder, readdirSync(folder).sort()[0]!);
  copyFileSync(first(other.images), first(own.images));
  benchmark.write({
    dataset: {
      scenes: undefined,
      coco: {
        train: own.annotations,
        val: other.annotations,
        trainImages: own.images,
        valImages: other.images,
      },
    },
    axes: { strategy: ['supervised'] },
  });
  const run = await benchmark.rethink(['run', benchmark.file]);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toContain('[VALIDATION_LEAK]');
  const [trial] = await trialsOf(benchmark);
  expect(trial).toMatchObject({ status: 'invalid', code: 'VALIDATION_SEEN' });
  expect(trial!.reason).toContain('1 labelled image that validation holds too');
}, 120_000);
