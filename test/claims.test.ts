import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResultsListener } from '../src/results/database/results.listener';
import { ResultsService } from '../src/results/database/results.service';
import { type CliResult, rethink } from './cli';
import { writeExampleDataset } from './results/example-data';
import { examplePlan } from './results/example-plan';
import { playRun } from './results/example-run';

const supervised = { augmentation: 's4', strategy: 'supervised', fraction: 1 };
const claims = [
  {
    id: 'self-training-helps',
    text: 'Self-training helps everywhere',
    where: { init: 'random' },
    forEvery: ['augmentation', 'fraction'],
    difference: { of: { strategy: 'self-training' }, minus: { strategy: 'supervised' } },
    is: { above: -30 },
  },
  {
    id: 'broken-is-best',
    text: 'The broken init is best',
    where: supervised,
    best: { init: 'broken' },
    among: 'init',
  },
];

describe('rethink effects and rethink claims', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-claims-'));
  const run = (...args: string[]): Promise<CliResult> =>
    rethink([...args, '--workspace', folder], { cwd: folder });
  const json = async (...args: string[]) =>
    JSON.parse((await run(...args, '--json')).stdout) as Record<string, never>;

  beforeAll(async () => {
    const dataset = await writeExampleDataset(folder, 24);
    const service = new ResultsService({ file: join(folder, 'results.sqlite') });
    const artifactFolder = (key: string) => join(folder, 'artifacts', key);
    const listener = new ResultsListener(service, artifactFolder);
    await playRun({ plan: examplePlan({ seeds: [0, 1, 2], claims }), listener, artifactFolder, dataset });
    await service.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('shows effects with what they rest on', async () => {
    const { code, stdout } = await run('effects', 'example');
    expect(code).toBe(0);
    expect(stdout).toMatch(/init +imagenet − random +\S+ +\S+ to \S+ +\S+ +8 of 8 +3 +seeds \+ images/);
    expect(stdout).toMatch(/init +broken − random +not identified/);
    expect(stdout).toMatch(
      /init broken, augmentation s1, .* – skipped: the plugin init\/broken has no class/,
    );
  });

  it('gives verdicts, names missing cells, and ends as it was asked to', async () => {
    const { code, stdout } = await run('claims', 'example', '--require');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^VERDICT +CLAIM/);
    expect(stdout).toMatch(/supported +self-training-helps/);
    expect(stdout).toMatch(/init broken, augmentation s4, strategy supervised, fraction 1 – skipped/);
    const result = await json('claims', '--only', 'fraction=1');
    expect(result).toMatchObject({
      benchmark: 'example',
      claims: [
        {
          verdict: 'undecided',
          code: 'MISSING_CELLS',
          missing: [{ reason: 'left out by the selection' }, {}, {}, {}],
        },
        { verdict: 'undecided', code: 'MISSING_CELLS', missing: [{ cell: { init: 'broken' } }] },
      ],
    });
  });

  it('reads a plain table', async () => {
    const file = join(folder, 'table.csv');
    writeFileSync(file, 'model,seed,mAP\na,0,10\na,1,11\nb,0,14\nb,1,15\nc,0,1\nc,1,5\n');
    const { effects, unit } = await json(
      'effects',
      '--table',
      file,
      '--score',
      'mAP',
      '--reference',
      'model=b',
    );
    expect(unit).toBe('mAP');
    expect(effects).toMatchObject([{ estimate: -4 }, { estimate: -11.5 }]);
  });

  it('knows the axes and trials that there are', async () => {
    const { code, stderr } = await run('effects', 'example', '--axes', 'inti');
    expect(stderr).toMatch(/Did you mean "init"/);
    expect(code).toBe(2);
  });
}, 120_000);
