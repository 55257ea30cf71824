import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeExampleDataset } from '../../../test/results/example-data';
import { examplePlan } from '../../../test/results/example-plan';
import { playRun } from '../../../test/results/example-run';
import type { BenchmarkResults, ResultsSnapshot } from '../../results/database/records';
import { ResultsListener } from '../../results/database/results.listener';
import { ResultsService } from '../../results/database/results.service';
import { buildSite, type BuildSiteOptions } from './build-site';
import { siteFile } from '../server/site.controller';
import { serveSite } from '../server/site-server';

let folder: string;
let results: ResultsSnapshot;
let site: string;
const artifactFolder = (key: string) => join(folder, 'artifacts', key);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-site-'));
  site = join(folder, 'site');
  const dataset = await writeExampleDataset(folder, 14);
  const service = new ResultsService({ file: join(folder, 'results.sqlite') });
  const listener = new ResultsListener(service, artifactFolder);
  let students = 0;
  const fails = (stage: { label: string }) => stage.label === 'student' && students++ === 0;
  const seeds = examplePlan({ seeds: [0, 1], only: ({ fraction }) => fraction === 1 });
  await playRun({ plan: seeds, listener, artifactFolder, dataset, fails });
  const other = examplePlan({ name: 'other', steps: 20, only: ({ init }) => init !== 'imagenet' });
  await playRun({ plan: other, listener, artifactFolder, dataset });
  results = await service.snapshot();
  await service.close();
  await buildSite({ results, artifactFolder, outFolder: site });
});
afterAll(() => rmSync(folder, { recursive: true }));

const filesOf = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(root, file)).isFile())
    .sort();
const open = (page: string, root = site) => parseHTML(readFileSync(join(root, page), 'utf8')).document;
const pages = () => filesOf(site).filter((file) => file.endsWith('.html'));

describe('the site', () => {
  it('shows effects with what they rest on, and plots of the axes', () => {
    const { body } = open('benchmarks/example/effects.html');
    expect(body.textContent).toContain('not identified: none of 8 contexts has all its cells');
    expect(body.textContent).toMatch(
      /init broken, .* – the plugin init\/broken has no class|init broken, .*skipped/,
    );
    expect(body.textContent).toContain('The benchmark file states no claims.');
    expect(body.querySelectorAll('figure.interaction svg.chart[role=img]').length).toBeGreaterThan(3);
  });

  it('has a page for every trial, and the newest benchmark in front', () => {
    expect(pages()).toHaveLength(1 + 3 + 5 * 2 + 24 + 16);
    expect(open('index.html').querySelector('h1')!.textContent).toContain('other');
    expect(open('benchmarks/example/index.html').querySelector('h1')!.textContent).toBe('Example matrix');
  });

  it('has no broken link, no address of the network and nothing that its policy forbids', () => {
    for (const page of pages()) {
      const document = open(page);
      const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]');
      expect(policy!.getAttribute('content')).toContain("default-src 'none'");
      const links = [...document.querySelectorAll('[href], [src]')].map(
        (element) => element.getAttribute('href') ?? element.getAttribute('src')!,
      );
      for (const link of links.filter((each) => !each.startsWith('#') && !/^https:\/\/arxiv/.test(each))) {
        expect(link).not.toMatch(/^([a-z]+:|\/)/);
        const [file] = link.split('#') as [string];
        expect(existsSync(resolve(site, dirname(page), file)), `${page} → ${link}`).toBe(true);
      }
      expect(document.querySelectorAll('style, [style], script:not([src]), iframe')).toHaveLength(0);
      const handlers = [...document.querySelectorAll('*')].flatMap((element) =>
        element.getAttributeNames().filter((name) => name.startsWith('on')),
      );
      expect(handlers).toEqual([]);
    }
  });

  it('is the same to the last byte for the same results', async () => {
    const again = join(folder, 'again');
    await buildSite({ results: structuredClone(results), artifactFolder, outFolder: again });
    const sums = (root: string) =>
      filesOf(root).map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(join(root, file)))
          .digest('hex'),
      ]);
    expect(sums(again)).toEqual(sums(site));
  });

  it('shows on the board what the results say', () => {
    const document = open('benchmarks/other/index.html');
    const rows = [...document.querySelectorAll('.leaderboard tbody tr')];
    const aps = rows.map((row) => Number(row.querySelector('.main')!.getAttribute('data-v') || -1));
    expect(aps).toEqual([...aps].sort((a, b) => b - a));
    const { trials } = results.benchmarks[0]!;
    expect(rows).toHaveLength(trials.length);
    const best = Math.max(...trials.map((trial) => trial.metrics?.stats.AP ?? 0));
    expect(rows[0]!.querySelector('.main')!.textContent).toMatch(
      new RegExp(`^${(100 * best).toFixed(1)}\\d+\\.\\d–\\d+\\.\\d$`),
    );
    expect(document.querySelectorAll('.plot svg[role=img]')).toHaveLength(12);
    expect(document.body.textContent).toContain('with another seed has not been measured');
  });

  it('takes seeds together and says so', () => {
    const document = open('benchmarks/example/index.html');
    expect(document.querySelectorAll('.leaderboard tbody tr')).toHaveLength(12);
    expect(document.querySelector('.main .spread')!.textContent).toMatch(/^\d+\.\d–\d+\.\d$/);
    expect(document.body.textContent).toContain('means over up to 2 seeds');
    expect(document.body.textContent).toContain('1 of 2 done');
  });

  it('shows a trial with lineage, curves, images and the command that runs it again', () => {
    const page = pages().find((file) => /example.*imagenet-s4-self-training-1-0/.test(file))!;
    const document = open(page);
    expect(document.querySelector('pre')!.textContent).toBe(
      'npm run -s rethink -- run benchmarks/example.yaml --only init=imagenet,augmentation=s4,strategy=self-training,fraction=1,seed=0',
    );
    expect(document.querySelectorAll('.lineage .node')).toHaveLength(6);
    expect(document.querySelectorAll('.curves figure')).toHaveLength(3);
    const images = document.querySelectorAll('svg.image');
    expect(images.length).toBeGreaterThanOrEqual(8);
    expect(images[0]!.querySelector('image')!.getAttribute('href')).toMatch(
      /^\.\.\/images\/[0-9a-f]{16}\.png$/,
    );
    expect(document.body.textContent).toContain('No stage but detect and evaluate saw a validation image');
  });

  it('shows what goes wrong in a trial, and how good its pseudo-labels are', () => {
    const page = pages().find((file) => /example.*random-s4-self-training-1-1/.test(file))!;
    const { body } = open(page);
    const rows = [...body.querySelectorAll('.error-types tbody tr')].map((row) => row.textContent);
    expect(rows).toHaveLength(6);
    expect(rows[0]).toMatch(/^classificationon an object/);
    expect(body.querySelectorAll('.confusion tbody tr')).toHaveLength(4);
    expect(body.textContent).toMatch(/Expected error \d+\.\d points/);
    expect(body.textContent).toMatch(/At the threshold used: precision \d+\.\d, recall \d+\.\d/);
    expect(body.querySelector('a[href^="../images.html#left=random-s4-self-training-1-1"]')).not.toBeNull();
  });

  it('has the same images of two trials without scripts, and data of all trials for the script', () => {
    const { body } = open('benchmarks/example/images.html');
    const [validation, pool] = [...body.querySelectorAll('section.gallery')];
    expect(validation!.querySelectorAll('.pair').length).toBeGreaterThanOrEqual(7);
    for (const pair of validation!.querySelectorAll('.pair')) {
      const sources = [...pair.querySelectorAll('image')].map((image) => image.getAttribute('href'));
      expect(sources).toHaveLength(2);
      expect(sources[0]).toBe(sources[1]);
    }
    const scored = results.benchmarks[1]!.trials.filter(({ metrics }) => metrics !== undefined);
    expect(validation!.querySelectorAll('select[name="left"] option')).toHaveLength(scored.length);
    expect(pool!.querySelectorAll('.pair').length).toBeGreaterThanOrEqual(6);
    const data = filesOf(join(site, 'benchmarks', 'example', 'gallery'));
    expect(data.filter((file) => file.startsWith('validation-'))).toHaveLength(scored.length + 1);
  });

  it('says what ran where, and which plugins were checked', () => {
    const machines = open('machines.html').body;
    expect(machines.querySelectorAll('section.machine')).toHaveLength(1);
    expect(machines.textContent).toContain('Example CPU, 2 cores');
    expect(machines.textContent).not.toContain('hostname');
    expect(machines.querySelectorAll('.names a').length).toBeGreaterThan(20);
    const plugins = open('plugins.html').body;
    expect(plugins.textContent).toContain('Conformance: not checked');
    expect(plugins.querySelector('.uses a')!.getAttribute('href')).toMatch(/^benchmarks\/\w+\/trials\//);
  });

  it('gives reason and log of what failed and of what was skipped', () => {
    const text = open('benchmarks/example/grid.html').body.textContent;
    expect(text).toContain('the loss is NaN at step 120');
    expect(text).toMatch(/logs\/[0-9a-f]{8}\.log/);
    expect(text).toContain('the plugin init/broken has no class as its default export');
  });
});

describe('bad luck', () => {
  const first = (): BenchmarkResults => results.benchmarks[0]!;
  const build = async (
    benchmark: BenchmarkResults,
    name: string,
    artifacts = artifactFolder,
    exports: BuildSiteOptions['exports'] = 'none',
  ) => {
    const outFolder = join(folder, name);
    await buildSite({
      exports,
      results: { schemaVersion: 1, benchmarks: [benchmark] },
      artifactFolder: artifacts,
      outFolder,
    });
    return outFolder;
  };

  it('shows names from others as text, in pages and in drawings, and writes nothing outside', async () => {
    const evil = `<script>alert(1)</script>"'&{{constructor}}/../../../x`;
    const evils = [evil, '\u0000\u001b[31m\ud800\u202e', 'x'.repeat(20_000), '\n\n&lt;&#0;]]>', '', '漢字😀'];
    const nth = (index: number) => evils[index % evils.length]!;
    const { trials, stages, ...rest } = first();
    const out = await build(
      {
        ...rest,
        name: '../../evil',
        title: evil,
        description: evil,
        file: `benchmarks/$(touch x)'.yaml`,
        plugins: [
          {
            kind: 'init',
            name: evil,
            status: 'ok',
            description: evil,
            source: 'javascript:alert(1)',
            options: [{ name: evil, type: evil, default: evil }],
          },
        ],
        trials: trials.map((trial, index) => ({
          ...trial,
          id: trial.id + nth(index),
          axes: {
            ...trial.axes,
            init: trial.axes.init + nth(index),
            strategy: trial.axes.strategy + nth(index),
          },
          reason: nth(index),
        })),
        stages: stages.map((stage, index) => ({ ...stage, label: nth(index) })),
      },
      'hostile',
      artifactFolder,
      'all',
    );
    const html = filesOf(out).filter((file) => file.endsWith('.html'));
    expect(html).toHaveLength(first().trials.length + 10);
    const drawings = filesOf(out).filter((file) => file.endsWith('.svg'));
    expect(drawings.length).toBeGreaterThan(10);
    for (const file of drawings) {
      const drawing = readFileSync(join(out, file), 'utf8');
      expect((await sharp(Buffer.from(drawing)).metadata()).format, file).toBe('svg');
      expect(drawing).not.toMatch(/<script|<a\b|href=/);
    }
    for (const page of html) {
      const document = open(page, out);
      for (const script of document.querySelectorAll('script')) {
        expect(script.getAttribute('src')).toMatch(/^(\.\.\/)*assets\/[a-z]+\.js$/);
      }
      const targets = [...document.querySelectorAll('a')].map((link) => link.getAttribute('href')!);
      expect(targets.filter((target) => target.startsWith('javascript:'))).toEqual([]);
    }
    const trial = html.find((page) => page.includes('/trials/'))!;
    expect(open(trial, out).querySelector('pre')!.textContent).toContain(`'benchmarks/$(touch x)'\\''.yaml'`);
    expect(readdirSync(folder).sort()).not.toContain('evil');
  });

  it('shows logs, conformance and the numbers of others where there are some', async () => {
    const { resolved, plugins, stages, ...rest } = first();
    const reference = {
      source: 'Somebody et al.',
      setting: 'other data',
      tables: [
        {
          source: 'Table 9',
          where: { fraction: 1, strategy: 'supervised' },
          across: 'augmentation',
          cells: [
            { init: 'random', augmentation: 's1', AP: 39.2 },
            { init: 'random', augmentation: 's4', AP: 44.3, approximate: true },
          ],
        },
      ],
    };
    const log = join(folder, 'one.log');
    writeFileSync(log, '<b>a line</b>\n');
    const out = join(folder, 'more');
    await buildSite({
      results: {
        schemaVersion: 1,
        benchmarks: [{ ...rest, plugins, stages, resolved: { ...(resolved as object), reference } }],
      },
      artifactFolder,
      logFile: () => log,
      conformanceOf: ({ name }) =>
        name === 's4'
          ? {
              passed: false,
              checkedAt: '2026-01-02T03:04:05.000Z',
              checks: [
                {
                  title: 'boxes',
                  status: 'failed',
                  findings: [
                    {
                      code: 'BOX_OUTSIDE',
                      severity: 'error',
                      seen: '<i>a box</i> lies outside',
                      fix: 'Clip it.',
                    },
                  ],
                },
              ],
            }
          : undefined,
      outFolder: out,
    });
    const effects = open('benchmarks/other/effects.html', out).body;
    const row = effects.querySelector('.references tbody tr')!;
    expect(row.textContent).toMatch(/^random · supervised\d+\.\d.*39\.2.*≈ 44\.3$/);
    expect(effects.querySelectorAll('.references td.theirs').length).toBe(2);
    const plugin = open('plugins.html', out).body;
    expect(plugin.textContent).toContain('does not conform');
    expect(plugin.textContent).toContain('<i>a box</i> lies outside. Clip it.');
    const trial = filesOf(out).find((file) => /trials\/random-s4-supervised-1-0/.test(file))!;
    const link = open(trial, out).querySelector('a[href^="../logs/"]')!.getAttribute('href')!;
    expect(readFileSync(join(out, 'benchmarks', 'other', 'trials', link), 'utf8')).toBe('<b>a line</b>\n');
  });

  it('says what is missing where artifacts and images are gone', async () => {
    const out = await build(first(), 'bare', (key) => join(folder, 'nowhere', key));
    const page = filesOf(out).find((file) => /trials\/random-s4-supervised-1-0/.test(file))!;
    const text = open(page, out).body.textContent;
    expect(text).toContain('The detections can’t be read');
    // Kept in the database, whatever becomes of the artifacts.
    expect(text).toContain('No stage but detect and evaluate saw a validation image.');
  });

  it('draws no image from outside of the data set', async () => {
    const secret = join(folder, 'secret.png');
    const inside = join(folder, 'images', '0001.png');
    writeFileSync(secret, readFileSync(inside));
    const linked = join(folder, 'linked');
    mkdirSync(linked);
    const [digest, location] = Object.entries(first().datasets)[0]!;
    for (const file of readdirSync(location.images)) symlinkSync(secret, join(linked, file));
    const out = await build(
      { ...first(), datasets: { [digest]: { ...location, images: linked } } },
      'outside',
    );
    const page = filesOf(out).find((file) => /trials\/random-s4-supervised-1-0/.test(file))!;
    expect(open(page, out).body.textContent).toContain('outside the data set’s folder');
    expect(filesOf(out).filter((file) => file.endsWith('.png'))).toEqual([]);
  });

  it('shows a benchmark of which nothing has run yet', async () => {
    const bare = first().trials.map(({ metrics: _, ...trial }) => ({ ...trial, status: 'planned' as const }));
    const stages = first().stages.map(({ ledger: _, ...stage }) => ({
      ...stage,
      status: 'planned' as const,
    }));
    const out = await build({ ...first(), trials: bare, stages }, 'planned');
    expect(open('index.html', out).body.textContent).toContain('Nothing has been scored yet');
  });

  it('replaces its own folder and no other', async () => {
    const taken = join(folder, 'taken');
    mkdirSync(taken);
    writeFileSync(join(taken, 'thesis.tex'), 'years of work');
    await expect(build(first(), 'taken')).rejects.toMatchObject({ code: 'REPORT_FOLDER_TAKEN' });
    expect(readFileSync(join(taken, 'thesis.tex'), 'utf8')).toBe('years of work');
    writeFileSync(join(site, 'left-over.html'), '');
    await buildSite({ results, artifactFolder, outFolder: site });
    expect(existsSync(join(site, 'left-over.html'))).toBe(false);
    expect(readdirSync(folder).filter((name) => /\.(draft|old)\./.test(name))).toEqual([]);
  });

  it('has nothing to show', async () => {
    const empty = { schemaVersion: 1 as const, benchmarks: [] };
    await expect(
      buildSite({ results: empty, artifactFolder, outFolder: join(folder, 'empty') }),
    ).rejects.toMatchObject({ code: 'REPORT_NO_RESULTS' });
  });
});

describe('the server', () => {
  it('finds pages and nothing outside', () => {
    const found = (address: string) => {
      const file = siteFile(site, address);
      return file === undefined ? undefined : 'file' in file ? relative(site, file.file) : file.redirect;
    };
    expect(found('/')).toBe('index.html');
    expect(found('/assets/base.css')).toBe('assets/base.css');
    expect(found('/benchmarks/other')).toBe('/benchmarks/other/');
    expect(found('/benchmarks/other/')).toBe('benchmarks/other/index.html');
    symlinkSync(join(folder, 'results.sqlite'), join(site, 'link.html'));
    for (const address of [
      '/../results.sqlite',
      '/%2e%2e/results.sqlite',
      '/..%2fresults.sqlite',
      '/assets/..%5c..%5cresults.sqlite',
      '/.rethink-site',
      '/link.html',
      '/nothing.html',
      '/%',
      '/assets',
      '/assets/base.css%00.html',
    ]) {
      const answer = found(address);
      expect([undefined, '/assets/'], address).toContain(answer);
    }
    rmSync(join(site, 'link.html'));
  });

  it('serves on the loopback address, to read only', async () => {
    const server = await serveSite({ folder: site, port: 0 });
    try {
      expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const page = await fetch(server.url);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await page.text()).toContain('<h1>');
      expect((await fetch(`${server.url}missing.html`)).status).toBe(404);
      expect((await fetch(server.url, { method: 'POST' })).status).toBe(404);
      const taken = serveSite({ folder: site, port: Number(new URL(server.url).port) });
      await expect(taken).rejects.toMatchObject({ code: 'SERVE_PORT_TAKEN' });
    } finally {
      await server.close();
    }
    await expect(serveSite({ folder: artifactFolder('x'), port: 0 })).rejects.toMatchObject({
      code: 'SERVE_NO_SITE',
    });
  });
});
