import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describePlugins } from './plan-in-child';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'rethink-plugins-'))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A plugin that does something when it is loaded. */
function plugin(name: string, does: string, description: string): void {
  const at = join(folder, 'strategy', name);
  mkdirSync(at, { recursive: true });
  writeFileSync(
    join(at, 'index.ts'),
    `import { z } from ${JSON.stringify(require.resolve('zod'))};
     ${does}
     export default class Plugin {
       static plugin = { kind: 'strategy', name: '${name}', version: '1.0.0', contract: 1,
         description: ${description}, options: z.strictObject({}) };
       plan() { throw new Error('no'); }
     }`,
  );
}

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

// Node's permission model came with Node 20.
it('gives a plugin that is loaded no secret, no foreign file, no process and no network', async () => {
  vi.stubEnv('HF_TOKEN', 'hf_secret');
  vi.stubEnv('RETHINK_DATABASE', 'postgres://a:secret@b/c');
  const secret = join(folder, '..', `rethink-secret-${process.pid}`);
  writeFileSync(secret, 'secret');
  try {
    const attempts = [
      `readFileSync(${JSON.stringify(secret)}, 'utf8')`,
      `writeFileSync(${JSON.stringify(`${secret}-written`)}, '')`,
      `writeFileSync(__filename, '')`,
      `spawnSync('true')`,
      `connect(9, '127.0.0.1')`,
      `Object.values(process.env).filter((value) => value.includes('secret')).join() || 'none'`,
    ];
    plugin(
      'curious',
      `import { readFileSync, writeFileSync } from 'node:fs';
       import { spawnSync } from 'node:child_process';
       import { connect } from 'node:net';
       const attempt = (work: () => unknown) => { try { return work(); } catch (error) { return error.code; } };
       const seen = [${attempts.map((each) => `attempt(() => ${each})`).join(', ')}];`,
      'seen.join()',
    );
    plugin(
      'reads',
      `import { readFileSync } from 'node:fs'; readFileSync(${JSON.stringify(secret)});`,
      "'x'",
    );
    plugin('exits', 'process.exit(7);', "'x'");
    const found = await describePlugins([folder], logger);
    const [curious, exits, reads] = found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(curious).toMatchObject({
      status: 'ok',
      description:
        'ERR_ACCESS_DENIED,ERR_ACCESS_DENIED,ERR_ACCESS_DENIED,ERR_ACCESS_DENIED,PLUGIN_NETWORK,none',
    });
    expect(exits).toMatchObject({ code: 'PLUGIN_BANNED' });
    expect(exits).toMatchObject({ reason: expect.stringContaining('exit code 7') as string });
    expect(reads).toMatchObject({
      code: 'PLUGIN_LOAD',
      reason: expect.stringContaining(`may not read ${secret}`) as string,
    });
  } finally {
    rmSync(secret);
  }
});
