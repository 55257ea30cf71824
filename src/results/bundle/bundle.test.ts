import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeExampleDataset } from '../../../test/results/example-data';
import { examplePlan, type ExampleOptions } from '../../../test/results/example-plan';
import { type ExampleRun, playRun } from '../../../test/results/example-run';
import { RethinkError } from '../../contract';
import { buildSite } from '../../leaderboard/site/build-site';
import type { BenchmarkResults } from '../database/records';
import { ResultsListener } from '../database/results.listener';
import { ResultsService } from '../database/results.service';
import { exportBundle } from './export-bundle';
import { importBundle } from './import-bundle';
import { resultFolders } from './imported-results';
import type { ConflictRule } from './merge';
import { readArchive } from './read-archive';
import type { BundleEvaluations, BundleResults } from './results-schema';
import { repack } from './repack.test-helper';

let root: string;
let dataset: ExampleRun['dataset'];
let bundle: string;

/** A workspace with its results database. */
class Machine {
  readonly folder: string;
  readonly service: ResultsService;

  constructor(readonly name: string) {
    this.folder = join(root, name);
    this.service = new ResultsService({ file: join(this.folder, 'results.sqlite') });
  }

  async play(options: ExampleOptions = {}, more: Partial<ExampleRun> = {}): Promise<this> {
    const artifactFolder = (key: string) => join(this.folder, 'artifacts', key.slice(0, 2), key);
    const listener = new ResultsListener(this.service, artifactFolder);
    await playRun({ plan: examplePlan(options), listener, artifactFolder, dataset, ...more });
    return this;
  }

  async results(name = 'example'): Promise<BenchmarkResults> {
    return (await this.service.snapshot(name)).benchmarks[0]!;
  }

  async export(file = `${this.name}.bundle.zip`): Promise<string> {
    const { bytes } = await exportBundle({
      results: await this.results(),
      artifactFolder: resultFolders(this.folder),
      sources: [],
      folders: { [root]: '<root>' },
    });
    const target = join(root, file);
    writeFileSync(target, bytes);
    return target;
  }

  import(file: string, conflicts?: ConflictRule, as?: string) {
    return importBundle({ file, workspace: this.folder, results: this.service, conflicts, as });
  }
}

const only: ExampleOptions['only'] = ({ init, augmentation }) => init !== 'imagenet' && augmentation === 's4';
const machines: Machine[] = [];
const machine = (name: string) => {
  const made = new Machine(name);
  machines.push(made);
  return made;
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'rethink-bundle-'));
  dataset = await writeExampleDataset(root, 6);
  bundle = await (await machine('origin').play({ only })).export();
});
afterAll(async () => {
  for (const { service } of machines) await service.close();
  rmSync(root, { recursive: true });
});

const refusal = (work: Promise<unknown>): Promise<RethinkError> =>
  work.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: unknown) => {
      if (error instanceof RethinkError) return error;
      throw error;
    },
  );

describe('a bundle', () => {
  it('carries all results to another machine, and from there on without a change', async () => {
    const other = machine('other');
    const summary = await other.import(bundle);
    expect(summary).toMatchObject({ counts: { added: 8 }, check: { scored: 4, trusted: 0 } });
    const [sent, got] = [await machines[0]!.results(), await other.results()];
    expect(got.trials).toEqual(sent.trials);
    expect(got.resolved).toEqual(sent.resolved);
    expect(got.stages.map(({ environmentId: _, ...stage }) => stage)).toEqual(
      sent.stages.map(({ environmentId: _, ...stage }) => stage),
    );
    expect(Object.values(got.environments)).toMatchObject([
      { hostname: expect.stringMatching(/^machine-/) as string, cores: 2 },
    ]);
    expect(readFileSync(await other.export())).toEqual(readFileSync(bundle));
    expect(await other.import(bundle)).toMatchObject({ counts: { added: 0, same: 8 } });
  });

  it('carries the scores along training', async () => {
    const sent = await machine('along').play({ only, checkpoints: 3 });
    const other = machine('along-other');
    const { check } = await other.import(await sent.export());
    expect(check.trusted).toBeGreaterThan(0);
    const scores = ({ trials }: BenchmarkResults) =>
      trials.map(({ checkpoints = [] }) => checkpoints.map(({ step, stats }) => [step, stats?.AP]));
    const expected = scores(await sent.results());
    expect(expected.flat(2)).toContain(100);
    expect(scores(await other.results())).toEqual(expected);
  });

  it('names no path of the machine that made it', async () => {
    const { contents } = await readArchive(bundle);
    expect(contents.size).toBeGreaterThan(8);
    for (const data of contents.values()) expect(data.includes(root)).toBe(false);
  });

  it('is shown like the results that it came from', async () => {
    const other = machine('shown');
    await other.import(bundle);
    const outFolder = join(root, 'site');
    const { pages } = await buildSite({
      results: await other.service.snapshot(),
      artifactFolder: resultFolders(other.folder),
      outFolder,
    });
    const trial = readFileSync(
      join(
        outFolder,
        pages.find((page) => page.includes('/trials/'))!,
      ),
      'utf8',
    );
    expect(trial).toContain('the image is no longer where the data set was');
    expect(trial).toContain('Training loss of teacher');
  });

  it('adds the seeds of another machine to those that are here', async () => {
    const here = await machine('here').play({ only });
    const there = await machine('there').play({ only, seeds: [1] });
    const summary = await here.import(await there.export());
    expect(summary.counts).toMatchObject({ added: 8, filled: 0, same: 0 });
    const { trials, resolved } = await here.results();
    expect(trials.filter(({ status }) => status === 'done').map(({ axes }) => axes.seed)).toEqual([
      0, 0, 0, 0, 1, 1, 1, 1,
    ]);
    expect(resolved).toMatchObject({ axes: { seed: [0, 1] } });
  });

  it('fills in trials that have no result here, and leaves what is here alone', async () => {
    const here = await machine('half').play({ only }, { stopAfter: 3 });
    expect((await here.import(bundle)).counts).toMatchObject({ filled: 3, same: 5 });
    expect((await here.results()).trials.filter(({ status }) => status === 'done')).toHaveLength(4);
  });
});

describe('results of the same trials', () => {
  it('are never overwritten unasked', async () => {
    const here = await machine('mine').play({ only, steps: 301 });
    const sameSettings = join(root, 'same-settings.zip');
    const { schedule } = (await here.results()).resolved as { schedule: object };
    await repack(bundle, sameSettings, 'results.json', (all: BundleResults) => {
      (all.benchmark.resolved as { schedule?: object }).schedule = schedule;
    });
    const before = await here.results();
    const error = await refusal(here.import(sameSettings));
    expect(error.code).toBe('BUNDLE_CONFLICT');
    expect(error.message).toBe(
      'init=random,augmentation=s4,strategy=supervised,fraction=0.5,seed=0 and 3 more trials already have another result here.',
    );
    expect(await here.results()).toEqual(before);
    expect((await here.import(sameSettings, 'keep')).counts).toMatchObject({ kept: 4, same: 4 });
    expect((await here.results()).trials).toEqual(before.trials);
    expect((await here.import(sameSettings, 'replace')).counts).toMatchObject({ replaced: 4 });
    const keys = (results: BenchmarkResults) => results.trials.map(({ evaluateKey }) => evaluateKey);
    expect(keys(await here.results())).toEqual(keys(await machines[0]!.results()));
  });

  it('are of another benchmark where the settings differ, and can stand beside it', async () => {
    const here = await machine('longer').play({ only, steps: 600 });
    const error = await refusal(here.import(bundle));
    expect(error.code).toBe('BUNDLE_OTHER_BENCHMARK');
    expect(error.message).toContain('schedule.steps 600 → 300');
    expect(await here.import(bundle, 'refuse', 'theirs')).toMatchObject({ benchmark: 'theirs' });
    expect((await here.service.snapshot()).benchmarks.map(({ name }) => name).sort()).toEqual([
      'example',
      'theirs',
    ]);
  });
});

describe('numbers that do not follow from what a bundle holds', () => {
  const forge = async (name: string, change: (value: never) => unknown) => {
    const target = machine(`target-${machines.length}`);
    const file = await repack(bundle, join(root, `${target.name}.zip`), name, change);
    const error = await refusal(target.import(file));
    expect((await target.service.snapshot()).benchmarks).toEqual([]);
    expect(existsSync(join(target.folder, 'imported'))).toBe(false);
    return `${error.code}: ${error.message}`;
  };

  it('a better AP', async () => {
    const said = await forge('evaluations.json', (all: BundleEvaluations) => {
      Object.values(all)[0]!.report.stats['AP']! += 0.01;
    });
    expect(said).toMatch(
      /^BUNDLE_DISAGREES: init=\S+: its AP is stated as \S+, but its detections give \S+ \[AP_DISAGREES\]\.$/,
    );
  });

  it('a better AP of one category', async () => {
    const said = await forge('evaluations.json', (all: BundleEvaluations) => {
      Object.values(all)[1]!.report.perCategory['2']!['AP50'] = 1;
    });
    expect(said).toContain('its AP50 of category 2 is stated as 1, but');
  });

  it('a cheaper stage', async () => {
    const said = await forge('results.json', (all: BundleResults) => {
      const stage = all.stages.find(({ kind }) => kind === 'train')!;
      all.stages = all.stages.map((each) =>
        each === stage ? { ...each, ledger: { ...each.ledger!, flops: 1, flopsByPhase: {} } } : each,
      );
    });
    expect(said).toMatch(/its full cost in flops is stated as \d+, but its ledgers give \d+/);
  });

  it('a cheaper ledger with costs to fit', async () => {
    const said = await forge('results.json', (all: BundleResults) => {
      const stage = all.stages.find(({ kind }) => kind === 'train')!;
      stage.ledger!.flopsByPhase['forward'] = 1;
    });
    expect(said).toContain('[LEDGER_DISAGREES]');
  });

  it('a trial that saw what it is scored on', async () => {
    const said = await forge('results.json', (all: BundleResults) => {
      const detect = all.stages.find(({ kind }) => kind === 'detect')!;
      const train = all.stages.find(({ kind, status }) => kind === 'train' && status === 'done')!;
      train.images = { ...train.images, validation: detect.images!['validation']! };
    });
    expect(said).toContain('its status is "done", but its record shows that it saw validation images');
  });

  it('a failed trial that is said to be done', async () => {
    const said = await forge('results.json', (all: BundleResults) => {
      const evaluate = all.stages.find(({ kind }) => kind === 'evaluate')!;
      evaluate.status = 'planned';
    });
    expect(said).toContain('its status is "done", but its stages imply "planned"');
  });
});
