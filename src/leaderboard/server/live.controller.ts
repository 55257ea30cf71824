import { existsSync, readFileSync } from 'node:fs';
import { Controller, Get, Header, Inject, type MessageEvent, Sse } from '@nestjs/common';
import { concatMap, distinctUntilChanged, interval, map, type Observable, startWith } from 'rxjs';
import { listJobs } from '../../host/execution/batch/list-jobs';
import type { BenchmarkProgress } from '../../results/database/read-progress';
import { loggedSlot } from '../model/stage-logs';
import { liveView } from '../pages/live-view';
import { loadTemplates } from '../templates/templates';
import { Workspace } from '../../core/artifact/workspace';

/** Injection token of `LiveSource`. */
export const LIVE_SOURCE = Symbol('live source');

/** Read-only source of the state of running benchmarks. */
export interface LiveSource {
  readonly workspace: string;
  /** Whether a site is built, so that the live view can link to it. */
  readonly hasSite: () => boolean;
  progress(): Promise<BenchmarkProgress[]>;
}

const everyMs = 2000;

/** The live view; the page reloads itself when an event reports a change. */
@Controller('live')
export class LiveController {
  private readonly render = loadTemplates()('live');
  private last?: { readonly at: number; readonly state: Promise<string> };

  constructor(@Inject(LIVE_SOURCE) private readonly source: LiveSource) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-store')
  @Header('Referrer-Policy', 'no-referrer')
  async page(): Promise<string> {
    const progress = JSON.parse(await this.state()) as BenchmarkProgress[];
    return this.render(
      liveView(progress, {
        now: new Date(),
        owner: this.owner(),
        jobs: listJobs(this.source.workspace),
        slotOf: (key) => loggedSlot(new Workspace(this.source.workspace).log(key)),
        hasSite: this.source.hasSite(),
      }),
    );
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return interval(everyMs).pipe(
      startWith(0),
      concatMap(() => this.state()),
      distinctUntilChanged(),
      map((state, version) => ({ data: { version, benchmarks: (JSON.parse(state) as unknown[]).length } })),
    );
  }

  /** Queried at most once every two seconds, regardless of the number of viewers. */
  private state(): Promise<string> {
    const now = Date.now();
    if (this.last === undefined || now - this.last.at >= everyMs) {
      const state = this.source.progress().then(
        (progress) => JSON.stringify(progress),
        // A busy database is queried again the next time.
        () => '[]',
      );
      this.last = { at: now, state };
    }
    return this.last.state;
  }

  /** The run that owns the workspace's lock, if any. */
  private owner(): { readonly pid: number; readonly since: string } | undefined {
    const file = new Workspace(this.source.workspace).lock.owner;
    try {
      if (!existsSync(file)) return undefined;
      const { pid, since } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; since: string };
      process.kill(pid, 0);
      return { pid, since };
    } catch {
      return undefined;
    }
  }
}
