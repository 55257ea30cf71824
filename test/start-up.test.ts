import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { summaries } from '../src/cli/commands/summaries';
import { repository, rethink } from './cli';

const MARK = '\nloaded: ';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-start-up-'));
  const main = JSON.stringify(join(repository, 'src', 'main.ts'));
  const program = `
    process.on('exit', () => process.stdout.write(${JSON.stringify(MARK)} + JSON.stringify(Object.keys(require.cache))));
    require(${main});`;
  writeFileSync(join(folder, 'start.cjs'), program);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a command line prints, and the files that it loads, relative to the repository. */
function start(...args: string[]): { printed: string; loaded: string[] } {
  const hook = join(repository, 'src', 'register.cjs');
  const output = execFileSync(process.execPath, ['--require', hook, join(folder, 'start.cjs'), ...args], {
    encoding: 'utf8',
  });
  const at = output.lastIndexOf(MARK);
  const files = JSON.parse(output.slice(at + MARK.length)) as string[];
  return { printed: output.slice(0, at), loaded: files.map((file) => file.slice(repository.length + 1)) };
}

const heavy = /^node_modules\/(typeorm|@tensorflow|@nestjs\/platform-express|express|libsql|sharp|zod)\//;

describe('start-up', () => {
  it('answers --version without Nest or any command', () => {
    const { printed, loaded } = start('--version');
    expect(printed).toBe('0.1.0\n');
    expect(loaded.filter((file) => /^(node_modules\/@nestjs|src\/cli)\//.test(file))).toEqual([]);
  });

  it('lists all commands without loading one', () => {
    const { printed, loaded } = start('--help');
    for (const name of Object.keys(summaries)) expect(printed).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(loaded.filter((file) => heavy.test(file) || file.endsWith('.command.ts'))).toEqual([]);
  });

  it('loads the called command and no other', () => {
    const { printed, loaded } = start('help', 'status');
    expect(printed).toContain('Usage: rethink status');
    expect(loaded.filter((file) => /commands\/.*\.command\.ts$/.test(file))).toEqual([
      'src/cli/commands/status.command.ts',
    ]);
    expect(loaded.filter((file) => /^node_modules\/(typeorm|@tensorflow|express)\//.test(file))).toEqual([]);
  });

  it.each(['bundle exprt', 'data eport', 'plugin tyr'])('refuses the unknown command %s', async (line) => {
    const { code, stdout, stderr } = await rethink(line.split(' '));
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`Unknown command "${line}".`);
  });

  it('suggests the closest subcommand', async () => {
    const { stderr } = await rethink(['data', 'chek']);
    expect(stderr).toMatch(/did you mean "check"/i);
  });

  it('has a summary of every command', () => {
    const files = readdirSync(join(repository, 'src', 'cli', 'commands'));
    const commands = files.flatMap((file) => /^([a-z]+)\.command\.ts$/.exec(file)?.[1] ?? []);
    expect(Object.keys(summaries).sort()).toEqual(commands.sort());
  });
});
