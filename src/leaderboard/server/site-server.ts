import { existsSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RethinkError } from '../../contract';
import { LIVE_SOURCE, LiveController, type LiveSource } from './live.controller';
import { SITE_FOLDER, SiteController, type SiteFolder } from './site.controller';

export interface SiteServerOptions {
  readonly folder: string;
  /** 0 lets the system choose a free one. */
  readonly port: number;
  /** The loopback address by default: pages are not shown to the network unasked. */
  readonly host?: string;
  /** Shows under `/live` what runs now. */
  readonly live?: Omit<LiveSource, 'hasSite'>;
}

export interface SiteServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a built site, read-only.
 *
 * @throws RethinkError `SERVE_NO_SITE`, `SERVE_PORT_TAKEN` or `SERVE_PORT_DENIED`
 */
export async function serveSite(options: SiteServerOptions): Promise<SiteServer> {
  const { folder, port, host = '127.0.0.1', live } = options;
  const hasSite = () => existsSync(join(folder, 'index.html'));
  if (!hasSite() && live === undefined) {
    throw new RethinkError('SERVE_NO_SITE', 'there are no pages to serve', {
      location: { file: folder },
      hint: 'build them first: npm run -s rethink -- report',
    });
  }
  @Module({
    // The one with few addresses first: the other takes all that are left.
    controllers: [...(live === undefined ? [] : [LiveController]), SiteController],
    providers: [
      { provide: SITE_FOLDER, useValue: { folder, hasLive: live !== undefined } satisfies SiteFolder },
      { provide: LIVE_SOURCE, useValue: live && { ...live, hasSite } },
    ],
  })
  class SiteModule {}

  const app = await NestFactory.create(SiteModule, { logger: false, abortOnError: false });
  if (isLoopback(host)) app.use(refuseOtherHosts);
  // Watchers hold their connections open: the server should end without waiting for them.
  const sockets = new Set<Socket>();
  (app.getHttpServer() as Server).on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw explainListenError(error, port) ?? error;
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(app)}/`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await app.close();
    },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** A page from elsewhere whose name was made to point here (DNS rebinding) names its own host, and reads nothing. */
function refuseOtherHosts(
  request: { readonly headers: { readonly host?: string } },
  response: { writeHead(status: number): { end(text: string): void } },
  next: () => void,
): void {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (isLoopback(name)) next();
  else response.writeHead(403).end('this server answers to its own machine only\n');
}

function portOf(app: INestApplication): number {
  const server = app.getHttpServer() as { address(): { port: number } };
  return server.address().port;
}

function explainListenError(error: unknown, port: number): RethinkError | undefined {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new RethinkError('SERVE_PORT_TAKEN', `port ${port} is taken by another program`, {
        hint: 'name another one with --port, or 0 for any free one',
        cause: error,
      });
    case 'EACCES':
    case 'EADDRNOTAVAIL':
      return new RethinkError('SERVE_PORT_DENIED', `the system does not allow serving on port ${port}`, {
        hint: 'take a port above 1023 and an address of this machine',
        cause: error,
      });
    default:
      return undefined;
  }
}
