import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeExampleDataset } from '../../../test/results/example-data';
import { examplePlan } from '../../../test/results/example-plan';
import { type ExampleRun, playRun } from '../../../test/results/example-run';
import { Workspace } from '../../core/artifact/workspace';
import { ResultsListener } from '../../results/database/results.listener';
import { ResultsService } from '../../results/database/results.service';
import { serveSite, type SiteServer } from './site-server';

let root: string;
let service: ResultsService;
let server: SiteServer;
let dataset: ExampleRun['dataset'];
const site = () => join(root, 'site');
const artifactFolder = (key: string) => join(root, 'artifacts', key);
const axes = { init: ['random'], augmentation: ['s1'], fraction: [1] };

const play = (more: Partial<ExampleRun> = {}) =>
  playRun({
    plan: examplePlan({ axes }),
    listener: new ResultsListener(service, artifactFolder),
    artifactFolder,
    dataset,
    ...more,
  });
/** As a run does that is at work. */
const holdWorkspace = () => {
  mkdirSync(join(root, 'run'), { recursive: true });
  const owner = { pid: process.pid, since: new Date().toISOString(), hostname: 'x', command: 'x' };
  writeFileSync(join(root, 'run', 'owner.json'), JSON.stringify(owner));
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'rethink-live-'));
  dataset = await writeExampleDataset(root, 4);
  service = new ResultsService({ file: join(root, 'results.sqlite') });
  await play({ stopAfter: 3 });
  server = await serveSite({
    folder: site(),
    port: 0,
    live: { workspace: root, progress: () => service.progress() },
  });
});
afterAll(async () => {
  await server.close();
  await service.close();
  rmSync(root, { recursive: true });
});

const page = async (path: string) => {
  const answer = await fetch(new URL(path, server.url));
  return { status: answer.status, url: answer.url, headers: answer.headers, text: await answer.text() };
};

describe('the page of what runs', () => {
  it('is the first one where no pages are built, and has its styles', async () => {
    const first = await page('/');
    expect(first.url).toBe(`${server.url}live`);
    expect(first.text).toContain('Nothing runs now');
    for (const [, file] of first.text.matchAll(/(?:href|src)="([^"]+\.(?:css|js))"/g)) {
      expect((await page(file!)).status, file).toBe(200);
    }
    expect((await page('/live/assets/live.js')).headers.get('content-type')).toContain('javascript');
    for (const path of ['/live/assets/../templates/live.hbs', '/live/assets/%2e%2e/templates/live.hbs']) {
      expect((await page(path)).status).toBe(404);
    }
  });

  it('shows stages, results and what is running while a run holds the workspace', async () => {
    holdWorkspace();
    const [running] = (await service.progress())[0]!.running;
    const log = new Workspace(root).log(running!.key);
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, `${JSON.stringify({ slot: '1 (GPU 0)', msg: 'started' })}\n`);
    const { text: html, headers } = await page('/live');
    const text = html.replaceAll('&#x3D;', '=');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text).toContain('A run is at work');
    expect(text).toMatch(/connect-src 'self'/);
    expect(text).toMatch(/3 of 7 stages/);
    expect(text).toMatch(
      /<th scope="row">random · s1 · supervised · 100\u202f% · seed 0<\/th><td class="num">\d/,
    );
    expect(text).toMatch(/<h3>Running<\/h3>[\s\S]*<th scope="row">pseudo-label<\/th>/);
    expect(text).toContain('<td>1 (GPU 0)</td>');
  });

  it('tells whoever watches when something has changed', async () => {
    const { done, value } = await new Promise<ReadableStreamReadResult<Uint8Array>>((resolve, reject) => {
      fetch(new URL('/live/events', server.url))
        .then((answer) => answer.body!.getReader().read())
        .then(resolve, reject);
    });
    expect(done).toBe(false);
    expect(new TextDecoder().decode(value)).toContain('data: {"version":0,"benchmarks":1}');
  });

  it('is linked to from built pages, and answers to no other name of this machine', async () => {
    mkdirSync(site(), { recursive: true });
    mkdirSync(join(site(), 'assets'));
    writeFileSync(join(site(), 'assets', 'live.css'), '/* of an older version */');
    expect((await page('/live/assets/live.css')).text).not.toContain('older version');
    writeFileSync(join(site(), 'index.html'), '<nav aria-label="Site">\n<ul>\n</ul>\n</nav>');
    expect((await page('/')).text).toContain('<li><a href="/live">Live</a></li>');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(server.url, { headers: { host: 'evil.example' } }, (answer) =>
        resolve(answer.statusCode),
      );
      asked.on('error', reject).end();
    });
    expect(status).toBe(403);
  });
});

describe('progress', () => {
  it('counts what is done, and is the same for a benchmark that has ended', async () => {
    await play();
    const [progress] = await service.progress();
    expect(progress).toMatchObject({
      name: 'example',
      trials: { done: 2, planned: 0 },
      stages: { done: 7, planned: 0, running: 0 },
      running: [],
      failed: [],
    });
    expect(progress!.scored).toHaveLength(2);
    expect(progress!.secondsLeft).toBeUndefined();
  });
});
