import type { Server, Socket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RethinkError } from '../../contract';
import { hasSite, ServerModule, type ServerModuleOptions } from './server.module';

export interface SiteServerOptions extends ServerModuleOptions {
  /** 0 lets the system choose a free port. */
  readonly port: number;
  /** Loopback by default: pages are not exposed to the network unasked. */
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
  const { folder, port, host = '127.0.0.1', live } = options;
  if (!hasSite(folder) && live === undefined) {
    throw new RethinkError('SERVE_NO_SITE', 'There are no pages to serve.', {
      location: { file: folder },
      hint: 'Build them first: npm run -s rethink -- report',
    });
  }
  const app = await NestFactory.create(ServerModule.forRoot({ folder, live }), {
    logger: false,
    abortOnError: false,
  });
  if (isLoopback(host)) app.use(refuseOtherHosts);
  // Live views keep their connections open; closing the server must not wait for them.
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

/** Refuses requests for another host name: DNS rebinding lets a foreign page reach a loopback address. */
function refuseOtherHosts(
  request: { readonly headers: { readonly host?: string } },
  response: { writeHead(status: number): { end(text: string): void } },
  next: () => void,
): void {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (isLoopback(name)) next();
  else response.writeHead(403).end('This server only answers requests from its own machine.\n');
}

function portOf(app: INestApplication): number {
  const server = app.getHttpServer() as { address(): { port: number } };
  return server.address().port;
}

function explainListenError(error: unknown, port: number): RethinkError | undefined {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new RethinkError('SERVE_PORT_TAKEN', `Port ${port} is in use by another program.`, {
        hint: 'Choose another port with --port; 0 picks a free one.',
        cause: error,
      });
    case 'EACCES':
    case 'EADDRNOTAVAIL':
      return new RethinkError('SERVE_PORT_DENIED', `The system does not allow serving on port ${port}.`, {
        hint: 'Use a port above 1023 and an address of this machine.',
        cause: error,
      });
    default:
      return undefined;
  }
}
