import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { BenchmarkResults } from '../../results/database/records';
import { buildSite, type BuildSiteOptions } from './build-site';
import { artifactFolder, filesOf, folder, open, results, site } from './example-site.test-helper';

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
