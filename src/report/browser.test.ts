import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeExampleDataset } from '../../test/results/example-data';
import { examplePlan } from '../../test/results/example-plan';
import { playRun } from '../../test/results/example-run';
import { ResultsListener } from '../results/results.listener';
import { ResultsService } from '../results/results.service';
import { buildSite } from './build-site';

const executablePath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
if (executablePath === undefined) console.log('skipped: no Chromium found; name one in CHROMIUM');

describe.skipIf(executablePath === undefined)('the pages in Chromium, opened from disk', () => {
  let folder: string;
  let browser: Browser;
  const pages: Record<string, string> = {
    leaderboard: 'index.html',
    grid: 'benchmarks/example/grid.html',
    effects: 'benchmarks/example/effects.html',
    pictures: 'benchmarks/example/pictures.html',
    plugins: 'plugins.html',
    machines: 'machines.html',
    methods: 'methods.html',
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rethink-browser-'));
    const dataset = await writeExampleDataset(folder, 14);
    const service = new ResultsService({ file: join(folder, 'results.sqlite') });
    const artifactFolder = (key: string) => join(folder, 'artifacts', key);
    const plan = examplePlan({ only: ({ fraction }) => fraction === 1 });
    const listener = new ResultsListener(service, artifactFolder);
    await playRun({ plan, listener, artifactFolder, dataset });
    const results = await service.snapshot();
    await service.close();
    await buildSite({ results, artifactFolder, outFolder: join(folder, 'site') });
    const trials = readdirSync(join(folder, 'site', 'benchmarks', 'example', 'trials'));
    pages['trial'] =
      `benchmarks/example/trials/${trials.find((file) => file.startsWith('imagenet-s4-self'))!}`;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens a page, hands it over, and fails on anything that the browser complains about or fetches elsewhere. */
  const withPage = async (
    name: string,
    options: BrowserContextOptions,
    work: (page: Page) => Promise<void>,
  ) => {
    const context = await browser.newContext(options);
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith('file:')) complaints.push(`asks for ${request.url()}`);
      });
      await page.goto(pathToFileURL(join(folder, 'site', pages[name]!)).href);
      await work(page);
    } finally {
      await context.close();
    }
    expect(complaints).toEqual([]);
  };

  it('axe finds nothing, light or dark, wide or narrow, and nothing sticks out', async () => {
    const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
    const found: string[] = [];
    for (const name of Object.keys(pages)) {
      // Contrast follows the scheme and layout the width: two of the four combinations show each once.
      for (const [colorScheme, width] of [
        ['light', 1440],
        ['dark', 390],
      ] as const) {
        const options = { colorScheme, viewport: { width, height: 900 }, bypassCSP: true };
        await withPage(name, options, async (page) => {
          const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
          if (over > 0) found.push(`${name} ${width}: ${over} px stick out`);
          await page.evaluate(axe);
          const violations = await page.evaluate<string[]>(
            'axe.run({ preload: false }).then((result) => result.violations.map((each) => each.id + ": " + each.nodes[0].html))',
          );
          found.push(...violations.map((each) => `${name} ${colorScheme} ${width} ${each}`));
        });
      }
    }
    expect(found).toEqual([]);
  }, 240_000);

  it('sorts by a column, by keyboard too, and keeps the order in the address', async () => {
    await withPage('leaderboard', {}, async (page) => {
      const column = (index: number) =>
        page.locator(`.board tbody tr td:nth-child(${index})`).allTextContents();
      const costs = page.getByRole('button', { name: /^Cost/ });
      await costs.focus();
      await page.keyboard.press('Enter');
      const numbers = (await column(12)).map(Number).filter((value) => !Number.isNaN(value));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
      expect(page.url()).toMatch(/#sort=11,ascending$/);
      const before = await column(7);
      await page.reload();
      expect(await column(7)).toEqual(before);
      await page.getByRole('button', { name: /^Init/ }).click();
      expect(await page.locator('.board tbody th a').first().textContent()).toBe('broken');
    });
  });

  it('switches policy and ruler without a script, and is whole without one', async () => {
    await withPage('leaderboard', { javaScriptEnabled: false }, async (page) => {
      const shown = () => page.locator('.plot:visible').getAttribute('data-plot');
      expect(await shown()).toBe('full-flops');
      await page.getByRole('radio', { name: 'divided among trials' }).check();
      expect(await shown()).toBe('amortised-flops');
      await page.getByRole('radio', { name: 'device time' }).check();
      expect(await shown()).toBe('amortised-deviceSeconds');
      expect(await page.locator('.board tbody tr').count()).toBe(12);
    });
  });

  it('shows the pictures', async () => {
    await withPage('trial', {}, async (page) => {
      const box = await page.locator('svg.picture image').first().boundingBox();
      expect(box!.width).toBeGreaterThan(100);
      const loaded = await page.evaluate(
        'new Promise((done) => { const image = new Image(); image.onload = () => done(image.naturalWidth); image.onerror = () => done(0); image.src = document.querySelector("svg.picture image").getAttribute("href"); })',
      );
      expect(loaded).toBe(96);
    });
  });

  describe('the page with pictures of two trials', () => {
    const validation = (page: Page) => page.locator('[data-gallery="validation"]');
    const shown = (page: Page) =>
      validation(page).locator('.pair .pair-sides').first().locator('svg.picture').first();
    const counts = async (page: Page) => {
      const status = (await validation(page).locator('[data-status]').textContent())!;
      const [, pictures, found, objects, wrong] =
        /^(\d+) pictures?\. Left: (\d+) of (\d+) objects found, (\d+) wrong/.exec(status) ?? [];
      return [pictures, found, objects, wrong].map(Number) as [number, number, number, number];
    };
    const ready = (page: Page) =>
      validation(page)
        .getByText(/^\d+ pictures\. Left:/)
        .waitFor();

    it('follows the threshold, by keyboard, and keeps it in the address', async () => {
      await withPage('pictures', {}, async (page) => {
        await ready(page);
        const before = await counts(page);
        expect(before[0]).toBeGreaterThan(8);
        const slider = validation(page).getByRole('slider', { name: /Score at least/ });
        await slider.focus();
        await page.keyboard.press('End');
        await expect.poll(() => page.url()).toMatch(/#score=0\.95$/);
        const after = await counts(page);
        expect(after[1]).toBeLessThan(before[1]);
        expect(after[3]).toBeLessThanOrEqual(before[3]);
        expect(await validation(page).locator('[data-score]').textContent()).toBe('0.95');
        await page.reload();
        await ready(page);
        expect(await counts(page)).toEqual(after);
      });
    });

    it('shows one category, one kind of error, one group, in an order', async () => {
      await withPage('pictures', {}, async (page) => {
        await ready(page);
        const all = await counts(page);
        const choose = (name: string, label: string) =>
          validation(page).getByRole('combobox', { name }).selectOption({ label });
        await choose('Category', 'disc');
        const discs = await counts(page);
        expect(discs[2]).toBeLessThan(all[2]);
        await choose('Category', 'all');
        await choose('Errors', 'missed');
        for (const pair of await validation(page).locator('.pair').all()) {
          expect(await pair.textContent()).toMatch(/\d missed/);
        }
        expect(await validation(page).locator('rect.right').count()).toBe(0);
        await choose('Errors', 'all boxes');
        await choose('Pictures', 'evenly spread over the data');
        expect((await counts(page))[0]).toBe(8);
        await choose('Order', 'worst of the left first');
        const shares = (
          await validation(page).locator('.pair .pair-sides > div:first-child p').allTextContents()
        ).map((text) => Number(/^(\d+) of (\d+)/.exec(text)![1]) > 0);
        // A picture on which nothing is found is no better than one on which something is.
        expect(shares).toEqual([...shares].sort((a, b) => Number(a) - Number(b)));
        expect(page.url()).toMatch(/#group=spread&order=worst$/);
      });
    });

    it('takes the trials from the address, as the trials’ pages link to it', async () => {
      await withPage('trial', {}, async (page) => {
        await page.getByRole('link', { name: 'Beside another trial’s, at any threshold' }).click();
        await ready(page);
        const left = validation(page).getByRole('combobox', { name: 'Left' });
        expect(await left.inputValue()).toMatch(/^imagenet-s4-self-training/);
        const box = await shown(page).locator('image').boundingBox();
        expect(box!.width).toBeGreaterThan(100);
        const side = validation(page).locator('.pair-sides > div:nth-child(2)').first();
        const drawn = await side.innerHTML();
        const right = validation(page).getByRole('combobox', { name: 'Right' });
        const chosen = await right.inputValue();
        const options = await right.locator('option').all();
        const values = await Promise.all(options.map((option) => option.getAttribute('value')));
        await right.selectOption(values.find((value) => value !== chosen)!);
        await expect.poll(() => side.innerHTML()).not.toBe(drawn);
        expect(page.url()).toMatch(/#left=imagenet-s4-self-training.*&right=/);
      });
    });

    it('is useful without scripts', async () => {
      await withPage('pictures', { javaScriptEnabled: false }, async (page) => {
        expect(await validation(page).locator('.pair:visible').count()).toBeGreaterThanOrEqual(7);
        expect(await page.getByRole('slider').count()).toBe(0);
        expect(await validation(page).locator('noscript p').isVisible()).toBe(true);
        expect(await page.locator('[data-gallery="pool"] .pair:visible').count()).toBeGreaterThanOrEqual(6);
      });
    });
  });
});
