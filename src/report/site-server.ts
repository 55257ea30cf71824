import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RethinkError } from '../contract';
import { SITE_FOLDER, SiteController } from './site.controller';

export interface SiteServerOptions {
  readonly folder: string;
  /** 0 lets the system choose a free one. */
  readonly port: number;
  /** The loopback address by default: pages are not shown to the network unasked. */
  readonly host?: string;
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
  const { folder, port, host = '127.0.0.1' } = options;
  if (!existsSync(join(folder, 'index.html'))) {
    throw new RethinkError('SERVE_NO_SITE', 'there are no pages to serve', {
      place: { file: folder },
      hint: 'build them first: npm run -s rethink -- report',
    });
  }
  @Module({ controllers: [SiteController], providers: [{ provide: SITE_FOLDER, useValue: folder }] })
  class SiteModule {}

  const app = await NestFactory.create(SiteModule, { logger: false, abortOnError: false });
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw explainListenError(error, port) ?? error;
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(app)}/`,
    close: () => app.close(),
  };
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
