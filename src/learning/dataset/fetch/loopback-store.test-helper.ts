import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request is answered with instead of the bytes. */
export type StoreFault =
  | { readonly type: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** The connection is cut after so many bytes. */
  | { readonly type: 'cut'; readonly after: number }
  | { readonly type: 'other-bytes' }
  | { readonly type: 'range-ignored' }
  | { readonly type: 'wrong-range' }
  | { readonly type: 'silent' }
  /** A page of a hotel's network, with status 200. */
  | { readonly type: 'page' };

/** An object store on this machine, able to fail. */
export class LoopbackStore implements AsyncDisposable {
  /** Path and range of every request. */
  readonly requests: { path: string; range?: string }[] = [];
  /** Next answers, by path or for any. */
  readonly faults: (StoreFault & { readonly path?: string })[] = [];
  withEtag = true;
  most = 0;
  private open = 0;
  private readonly server: Server;

  private constructor(readonly files: Record<string, Buffer>) {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  static async start(files: Record<string, Buffer>): Promise<LoopbackStore> {
    const store = new LoopbackStore(files);
    await new Promise<void>((resolve) => store.server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url!.slice(1));
    const { range } = request.headers;
    this.requests.push({ path, range });
    this.most = Math.max(this.most, ++this.open);
    response.on('close', () => this.open--);
    const place = this.faults.findIndex((fault) => fault.path === undefined || fault.path === path);
    const [fault] = place < 0 ? [] : this.faults.splice(place, 1);
    const file = this.files[path];
    if (fault?.type === 'status') return void response.writeHead(fault.status, fault.headers).end('no');
    if (fault?.type === 'silent') return void response.writeHead(200).flushHeaders();
    if (fault?.type === 'page') {
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>');
    }
    if (file === undefined) return void response.writeHead(404).end('no such key');
    const etag = `"${createHash('md5').update(file).digest('hex')}"`;
    const fresh = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
    const partial = range !== undefined && fresh && fault?.type !== 'range-ignored';
    const start = partial ? Number(/^bytes=(\d+)-/.exec(range)![1]) : 0;
    if (partial && start >= file.length) return void response.writeHead(416).end();
    const from = fault?.type === 'wrong-range' ? 0 : start;
    const bytes = fault?.type === 'other-bytes' ? Buffer.alloc(file.length - from, 7) : file.subarray(from);
    response.writeHead(partial ? 206 : 200, {
      'content-length': String(bytes.length),
      ...(this.withEtag && { etag }),
      ...(partial && { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }),
    });
    if (fault?.type === 'cut') {
      response.write(bytes.subarray(0, fault.after), () => setTimeout(() => response.destroy(), 100));
    } else response.end(bytes);
  }
}
