import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';
import { RethinkError } from '../../contract';

/**
 * Makes connections from this thread fail: `fetch`, `http`, `net`, `tls`, `dgram` and `dns` all use these functions. It
 * stops honest mistakes, not malicious code (SECURITY.md).
 */
export function disableNetwork(): void {
  const refuse = (): never => {
    throw new RethinkError('PLUGIN_NETWORK', 'The network is disabled for stages and plugins.', {
      hint: 'Get weights from stages.checkpoint(), data from the roles of the benchmark file.',
    });
  };
  net.Socket.prototype.connect = refuse;
  net.Server.prototype.listen = refuse;
  for (const name of ['bind', 'connect', 'send'] as const) dgram.Socket.prototype[name] = refuse;
  for (const resolver of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
    for (const name of Object.keys(resolver)) {
      if (/^(lookup|resolve|reverse)/.test(name)) Object.assign(resolver, { [name]: refuse });
    }
  }
}
