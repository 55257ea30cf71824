import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildSite } from './build-site';
import { artifactFolder, filesOf, folder, open, results, site } from './example-site.test-helper';

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
    expect(open('index.html').querySelector('#results')!.textContent).toMatch(/Results of /);
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
    const rows = [...document.querySelectorAll('.leaderboard tr[data-row]')];
    const groups = [...document.querySelectorAll('.leaderboard tbody')].map((body) =>
      [...body.querySelectorAll('tr[data-row]')].map((row) =>
        Number(row.querySelector('.main')!.getAttribute('data-v') || -1),
      ),
    );
    for (const aps of groups) expect(aps).toEqual([...aps].sort((a, b) => b - a));
    const { trials } = results.benchmarks[0]!;
    expect(rows).toHaveLength(trials.length);
    const best = Math.max(...trials.map((trial) => trial.metrics?.stats.AP ?? 0));
    expect(rows[0]!.querySelector('.main')!.textContent).toMatch(
      new RegExp(`^${(100 * best).toFixed(1)}\\d+\\.\\d–\\d+\\.\\d$`),
    );
    expect(document.querySelectorAll('.plot').length).toBe(6);
    expect(document.body.textContent).toContain('with another seed has not been measured');
  });

  it('takes seeds together and says so', () => {
    const document = open('benchmarks/example/index.html');
    expect(document.querySelectorAll('.leaderboard tr[data-row]')).toHaveLength(12);
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
