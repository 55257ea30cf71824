import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request for a file's bytes is answered with, instead of the bytes. */
export type Fault =
  | { readonly type: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** The connection is cut after so many bytes. */
  | { readonly type: 'cut'; readonly after: number }
  /** The answer ends in good order, but early. */
  | { readonly type: 'short'; readonly after: number }
  | { readonly type: 'other-bytes' }
  | { readonly type: 'range-ignored' }
  /** A byte now and then. */
  | { readonly type: 'slow'; readonly pieces: number; readonly pauseMs: number };

export const commitOf = (text: string) => createHash('sha1').update(text).digest('hex');

/** As much of a model hub as its client library asks for, on this machine, and able to fail. */
export class LoopbackHub implements AsyncDisposable {
  /** Of every request: `GET /owner/name/resolve/…`. */
  readonly requests: string[] = [];
  /** Of requests for bytes: the range that was asked, and the token that came along. */
  readonly ranges: (string | undefined)[] = [];
  readonly tokens: (string | undefined)[] = [];
  /** Next answers to requests for bytes, then to all others. */
  readonly faults: Fault[] = [];
  readonly apiFaults: number[] = [];
  /** Branch → commit. */
  readonly branches: Record<string, string> = { main: commitOf('first') };
  gated = false;
  /** Where bytes are sent on to, as a hub does to its store. */
  redirect?: string;
  private readonly server: Server;

  private constructor(private readonly files: Readonly<Record<string, Buffer>>) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(files: Readonly<Record<string, Buffer>>): Promise<LoopbackHub> {
    const hub = new LoopbackHub(files);
    await new Promise<void>((resolve) => hub.server.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.endpoint);
    this.requests.push(`${request.method} ${url.pathname}`);
    if (url.pathname.includes('/resolve/') || url.pathname.startsWith('/store/')) {
      return this.sendFile(request, response, url);
    }
    const fault = this.apiFaults.shift();
    if (fault !== undefined) return void response.writeHead(fault).end('no');
    const body = await read(request);
    const [, kind, revision] =
      /^\/api\/models\/owner\/name\/(revision|paths-info|tree)\/([^/]+)/.exec(url.pathname) ?? [];
    if (kind === undefined) return refuse(response, 404, 'RepoNotFound');
    if (this.gated && request.headers.authorization !== 'Bearer hf_good') {
      return refuse(response, 401, 'GatedRepo');
    }
    const commit = this.branches[decodeURIComponent(revision!)] ?? revision;
    if (!Object.values(this.branches).includes(commit!)) return refuse(response, 404, 'RevisionNotFound');
    if (kind === 'revision') return json(response, { _id: 'x', id: 'owner/name', sha: commit });
    const wanted =
      kind === 'tree' ? Object.keys(this.files) : (JSON.parse(body) as { paths: string[] }).paths;
    json(
      response,
      wanted.filter((path) => Object.hasOwn(this.files, path)).map((path) => this.entry(path)),
    );
  }

  private entry(path: string) {
    const bytes = this.files[path]!;
    const oid = createHash('sha256').update(bytes).digest('hex');
    return { type: 'file', path, oid: commitOf(path), size: bytes.length, lfs: { oid, size: bytes.length } };
  }

  private sendFile(request: IncomingMessage, response: ServerResponse, url: URL): void {
    if (this.redirect !== undefined) {
      return void response
        .writeHead(302, { location: `${this.redirect}/store/${url.pathname.split('/').at(-1)}` })
        .end();
    }
    const { range, authorization } = request.headers;
    this.ranges.push(range);
    this.tokens.push(authorization);
    if (this.gated && authorization !== 'Bearer hf_good') return refuse(response, 403, 'GatedRepo');
    const fault = this.faults.shift();
    if (fault?.type === 'status') return void response.writeHead(fault.status, fault.headers).end('no');
    const bytes = this.files[url.pathname.split('/').at(-1)!];
    if (bytes === undefined) return refuse(response, 404, 'EntryNotFound');
    send(response, bytes, fault?.type === 'range-ignored' ? undefined : range, fault);
  }
}

function send(response: ServerResponse, file: Buffer, range: string | undefined, fault?: Fault): void {
  const start = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
  if (start >= file.length) return void response.writeHead(416).end();
  const bytes = fault?.type === 'other-bytes' ? Buffer.alloc(file.length - start, 7) : file.subarray(start);
  const headers: Record<string, string> =
    range === undefined ? {} : { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` };
  if (fault?.type !== 'short') headers['content-length'] = String(bytes.length);
  response.writeHead(range === undefined ? 200 : 206, headers);
  switch (fault?.type) {
    case 'cut':
      response.write(bytes.subarray(0, fault.after), () => setTimeout(() => response.destroy(), 20));
      break;
    case 'short':
      response.end(bytes.subarray(0, fault.after));
      break;
    case 'slow':
      void drip(response, bytes, fault);
      break;
    default:
      response.end(bytes);
  }
}

async function drip(
  response: ServerResponse,
  bytes: Buffer,
  { pieces, pauseMs }: { pieces: number; pauseMs: number },
): Promise<void> {
  const length = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length; at += length) {
    response.write(bytes.subarray(at, at + length));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  response.end();
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: code }));
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
