import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyOf, temporaryFolder, type TestStage } from './plan.test-helper';
import { endHosts, spawnHost } from './spawn-host.test-helper';

// A small or read-only file system of its own takes a mount, and that a namespace in which this user may mount.
const mayMount = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;
if (!mayMount) console.warn('disk.test.ts: skipped, `unshare --map-root-user --mount` is not allowed here');

let workspace: string;
let remove: () => void;
beforeEach(() => ({ path: workspace, remove } = temporaryFolder()));
afterEach(() => {
  endHosts();
  remove();
});

/** Runs a host behind shell commands in a mount namespace; `{}` in them is the workspace. */
async function run(commands: string, stages: Record<string, TestStage>): Promise<string[]> {
  const script = `set -e; ${commands.replaceAll('{}', workspace)}; exec "$@"`;
  const before = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'];
  const host = spawnHost(workspace, stages, { diskLimitBytes: 2 ** 40, slots: 1 }, before);
  await host.exit;
  return host.lines;
}

describe.runIf(mayMount)('a workspace on', () => {
  it('a full disk: the stage fails, nothing half done stays, the others go on', async () => {
    // What is needed is copied out before the namespace, and with it the small disk, is gone.
    const seen = join(`${workspace}-seen`);
    mkdirSync(seen);
    try {
      const commands = `mount -t tmpfs -o size=96m tmpfs {}`;
      const lines = await run(
        `${commands}; trap 'ls {}/artifacts/.drafts > ${seen}/drafts; ls {}/failures > ${seen}/failures' EXIT; "$@"; exit`,
        {
          big: { behaviour: 'fill-disk' },
          after: { behaviour: 'succeed', needs: ['big'] },
          other: { behaviour: 'succeed' },
        },
      );
      expect(lines).toContain('big failed: error DISK_FULL');
      expect(lines).toContain('after blocked by big');
      expect(lines).toContain('other finished');
      expect(lines.at(-1)).toBe('failed ');
      expect(readFileSync(join(seen, 'drafts'), 'utf8')).toBe('');
      expect(readFileSync(join(seen, 'failures'), 'utf8')).toBe(`${keyOf('big')}.json\n`);
    } finally {
      spawnSync('rm', ['-rf', seen]);
    }
  });

  it('a disk that is full from something else: the run stops and says so', async () => {
    const lines = await run('mount -t tmpfs -o size=16m tmpfs {}; head -c 12M /dev/zero > {}/film', {
      big: { behaviour: 'fill-disk' },
      ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`s${i}`, { behaviour: 'succeed' }])),
    });
    expect(lines).toContain('big failed: error DISK_FULL');
    expect(lines.at(-1)).toBe('failed DISK_FULL');
    expect(lines).not.toContain('s19 started (1)');
  });

  it('a read-only file system: the run is refused', async () => {
    const lines = await run('mount --bind {} {}; mount -o remount,ro,bind {}', {
      a: { behaviour: 'succeed' },
    });
    expect(lines).toEqual([
      'refused READ_ONLY: The file system is read-only. → Choose a writable workspace.',
    ]);
  });
});

it('a workspace that is a file is refused', async () => {
  const file = join(workspace, 'file');
  writeFileSync(file, '');
  const host = spawnHost(file, { a: { behaviour: 'succeed' } });
  await host.exit;
  expect(host.lines.at(-1)).toMatch(/^refused NOT_A_FOLDER: A folder is required, but a file exists there\./);
});
