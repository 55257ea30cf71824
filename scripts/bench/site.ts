import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium, type Page } from 'playwright-core';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Plan } from '../../src/core/plan/plan';
import { packageFolder } from '../../src/core/files/package-folder';
import { findChromium } from '../chromium';
import { rethinkArguments } from '../rethink-arguments';
import { count, scriptOptions } from '../script-options';
import { largeBenchmark } from './large-benchmark';
import { writeSyntheticArtifacts } from './synthetic-artifacts';
import { Workspace } from '../../src/core/artifact/workspace';

/**
 * Measures the pages of a large matrix: building them, their size, and how fast the leaderboard responds:
 * `npm run bench:site -- [--trials 1000] [--seeds 4] [--checkpoints 1] [--keep folder]`. The results are
 * random. Uses the system's Chromium or that of $CHROMIUM.
 */
const settings = scriptOptions({
  trials: count.default(1000),
  seeds: count.default(4),
  checkpoints: count.default(1),
  keep: z.string().optional(),
});

void main();

async function main(): Promise<void> {
  const folder = resolve(settings.keep ?? mkdtempSync(join(tmpdir(), 'rethink-bench-site-')));
  const [workspace, site] = [join(folder, 'workspace'), join(folder, 'site')];
  try {
    if (!existsSync(new Workspace(workspace).database)) {
      await writeResults(folder, workspace);
    }
    build(workspace, site, join(folder, 'usage.json'));
    printSizes(site);
    const [benchmark] = readdirSync(join(site, 'benchmarks'));
    await measureResponses(join(site, 'benchmarks', benchmark!, 'index.html'));
  } finally {
    if (settings.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Fills a workspace with random results of a benchmark. */
async function writeResults(folder: string, workspace: string): Promise<void> {
  const file = join(folder, 'large.yaml');
  const rethink = (...args: readonly string[]) =>
    execFileSync(process.execPath, [...rethinkArguments, ...args, '--workspace', workspace], {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    });
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, stringify(largeBenchmark(settings)));
  rethink('data', 'prepare', file);
  const plan = JSON.parse(rethink('plan', file, '--json')) as Plan;
  await writeSyntheticArtifacts(plan, workspace, 1);
  rethink('run', file);
  const { trials, stages } = plan;
  console.log(`${trials.length} trials in ${trials.length / settings.seeds} rows, ${stages.length} stages`);
}

/** Runs the command in a separate process. */
function build(workspace: string, site: string, usageFile: string): void {
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...['--require', join(__dirname, 'usage.cjs')],
      ...[...rethinkArguments, 'report', '--workspace', workspace, '--out', site],
    ],
    { env: { ...process.env, BENCH_USAGE: usageFile }, encoding: 'utf8', cwd: packageFolder },
  );
  if (status !== 0) throw new Error(`rethink report ended with exit code ${status}.\n${stderr}`);
  const seconds = (performance.now() - started) / 1000;
  const usage = JSON.parse(readFileSync(usageFile, 'utf8')) as { peakMiB: number; cpuSeconds: number };
  console.log(
    `built in ${seconds.toFixed(1)} s (${usage.cpuSeconds.toFixed(1)} s of CPU time), peak memory ${Math.round(usage.peakMiB)} MiB`,
  );
}

function printSizes(site: string): void {
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.html'),
  );
  const sized = files.map((file) => {
    const bytes = readFileSync(join(site, file));
    return { file, raw: bytes.length, packed: gzipSync(bytes).length };
  });
  const top = sized.sort((a, b) => b.packed - a.packed).slice(0, 6);
  for (const { file, raw, packed } of top) {
    console.log(
      `${String(Math.round(packed / 1024)).padStart(5)} KiB compressed, ${Math.round(raw / 1024)} KiB: ${file}`,
    );
  }
  console.log(`${files.length} pages`);
}

const tries = 7;

/** Measures from an input event to the end of the frame that shows its result. */
async function measureResponses(index: string): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    console.log('Responses were not measured: no Chromium was found; set CHROMIUM to its path.');
    return;
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const started = performance.now();
    await page.goto(pathToFileURL(index).href);
    console.log(`leaderboard opened in ${Math.round(performance.now() - started)} ms`);
    await page.evaluate(`document.getElementById('leaderboard').scrollIntoView()`);
    const box = `document.querySelector('.tools input[name=fraction]')`;
    await measure(page, 'filter by an axis', `${box}.click()`, `${box}.click()`);
    const type = (text: string) =>
      `(() => { const q = document.querySelector('.tools input[name=q]'); q.value = '${text}'; q.dispatchEvent(new Event('input', { bubbles: true })); })()`;
    await measure(page, 'find words', type('random'), type(''));
    await measure(page, 'show all again', type(''), type('random'));
    const head = `document.querySelector('[data-col=AP50] button')`;
    await measure(page, 'sort', `${head}.click()`);
    const metric = (id: string) => `document.getElementById('metric-${id}').click()`;
    await measure(page, 'switch the metric', metric('deviceSeconds'), metric('flops'));
  } finally {
    await browser.close();
  }
}

async function measure(page: Page, name: string, act: string, undo = ''): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < tries; run++) {
    times.push(
      await page.evaluate<number>(
        `new Promise((done) => requestAnimationFrame(() => setTimeout(() => {
          const start = performance.now();
          ${act};
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
        })))`,
      ),
    );
    if (undo !== '')
      await page.evaluate(
        `new Promise((done) => { ${undo}; requestAnimationFrame(() => setTimeout(done)); })`,
      );
  }
  const sorted = [...times].sort((a, b) => a - b);
  console.log(
    `${name}: ${Math.round(sorted[tries >> 1]!)} ms (${Math.round(sorted[0]!)} to ${Math.round(sorted.at(-1)!)})`,
  );
}
