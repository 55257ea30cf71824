import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { writeExampleDataset } from '../../../test/results/example-data';
import { examplePlan } from '../../../test/results/example-plan';
import { playRun } from '../../../test/results/example-run';
import { ResultsListener } from '../../results/database/results.listener';
import { ResultsService } from '../../results/database/results.service';
import { buildSite } from './build-site';
import { findChromium } from '../../../scripts/chromium';

export const executablePath = findChromium();
if (executablePath === undefined) console.log('skipped: no Chromium found; name one in CHROMIUM');

/** Of a plugin that somebody else named. */
export const hostile = '<img src=x onerror=alert(1)>';
export let folder: string;
export let browser: Browser;
export let service: ResultsService;
export const pages: Record<string, string> = {
  overview: 'index.html',
  leaderboard: 'benchmarks/example/index.html',
  budget: 'benchmarks/example/budget.html',
  grid: 'benchmarks/example/grid.html',
  effects: 'benchmarks/example/effects.html',
  images: 'benchmarks/example/images.html',
  plugins: 'plugins.html',
  machines: 'machines.html',
  methods: 'methods.html',
  exports: 'benchmarks/example/exports.html',
  changes: 'benchmarks/example/changes.html',
};

beforeAll(async () => {
  if (executablePath === undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'rethink-browser-'));
  const dataset = await writeExampleDataset(folder, 14);
  service = new ResultsService({ file: join(folder, 'results.sqlite') });
  const artifactFolder = (key: string) => join(folder, 'artifacts', key);
  const plan = examplePlan({
    seeds: [0, 1],
    checkpoints: 3,
    axes: { augmentation: ['s4', hostile] },
    only: ({ fraction, init }) => fraction === 1 || init === 'random',
  });
  const listener = new ResultsListener(service, artifactFolder);
  await playRun({ plan, listener, artifactFolder, dataset });
  const results = await service.snapshot();
  const [now] = results.benchmarks;
  const earlier = { ...now!, trials: now!.trials.slice(2) };
  await buildSite({
    results,
    artifactFolder,
    outFolder: join(folder, 'site'),
    exports: 'overview',
    before: new Map([['example', { label: '2026-01-02', results: earlier }]]),
  });
  const trials = readdirSync(join(folder, 'site', 'benchmarks', 'example', 'trials'));
  pages['trial'] = `benchmarks/example/trials/${trials.find((file) => file.startsWith('imagenet-s4-self'))!}`;
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

export const addressOf = (name: string) => pathToFileURL(join(folder, 'site', pages[name]!)).href;

/** Opens a page, hands it over, and fails on anything that the browser complains about or fetches elsewhere. */
export const withPage = async (
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
    await page.goto(addressOf(name));
    await work(page);
  } finally {
    await context.close();
  }
  expect(complaints).toEqual([]);
};
