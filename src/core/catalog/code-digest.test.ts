import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFolder } from '../files/package-folder';
import { stageKindNames } from '../plan/stage-kinds';
import { codeDigest } from './code-digest';

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'digest-')));
});
afterAll(() => rmSync(root, { recursive: true }));

/** Writes files into a new folder. */
function write(files: Record<string, string>): string {
  const folder = mkdtempSync(join(root, 'files-'));
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  return folder;
}

const digest = (files: Record<string, string>, entry = 'index.ts') => codeDigest(join(write(files), entry));

describe('codeDigest', () => {
  const files = {
    'index.ts': "import { a } from './a';\nexport const b = a + 1;",
    'a.ts': 'export const a = 1;',
  };

  it('is the same wherever the code lies, whatever its comments, layout and types', () => {
    const other = {
      'index.ts': "// why\nimport { a } from './a';\nexport const b: number =\n  a + 1;",
      'a.ts': 'export type T = string;\nexport const a = 1;',
    };
    expect(digest(files)).toBe(digest(other));
  });

  it('changes with code that is imported', () => {
    expect(digest(files)).not.toBe(digest({ ...files, 'a.ts': 'export const a = 2;' }));
  });

  it('is the same after a file is renamed', () => {
    const renamed = {
      'index.ts': "import { a } from './deep/down';\nexport const b = a + 1;",
      'deep/down.ts': files['a.ts'],
    };
    expect(digest(renamed)).toBe(digest(files));
  });

  it('covers files that import each other in a circle, from whichever it starts', () => {
    const circle = (value: number) => ({
      'index.ts': "import { other } from './a';\nexport const own = () => other();",
      'a.ts': `import { own } from './index';\nexport const other = () => ${value};\nexport const again = own;`,
    });
    expect(digest(circle(1))).toBe(digest(circle(1)));
    expect(digest(circle(1))).not.toBe(digest(circle(2)));
    expect(digest(circle(1), 'a.ts')).not.toBe(digest(circle(2), 'a.ts'));
    const [one, two] = [write(circle(1)), write(circle(1))];
    const inOrder = ['index.ts', 'a.ts'].map((file) => codeDigest(join(one, file)));
    const reversed = ['a.ts', 'index.ts'].map((file) => codeDigest(join(two, file)));
    expect(reversed.reverse()).toEqual(inOrder);
  });

  it('covers JSON files', () => {
    const json = (value: number) => ({
      'index.ts': "import table from './table.json';\nexport const b = table.value;",
      'table.json': JSON.stringify({ value }),
    });
    expect(digest(json(1))).toBe(digest(json(1)));
    expect(digest(json(1))).not.toBe(digest(json(2)));
  });

  it.each([
    ['require.resolve, as of a worker thread', "export const file = require.resolve('./a');"],
    ['require', "export const { a } = require('./a');"],
    ['a dynamic import', "export const load = () => import('./a');"],
    ['an export from', "export * from './a';"],
  ])('covers a file named by %s', (_, source) => {
    const of = (value: number) => digest({ 'index.ts': source, 'a.ts': `export const a = ${value};` });
    expect(of(1)).toBe(of(1));
    expect(of(1)).not.toBe(of(2));
  });

  it('treats text that only looks like an import as text, and ignores imports of types', () => {
    const text = (words: string) => ({ 'index.ts': `export const help = 'write import "./${words}"';` });
    expect(digest(text('one'))).not.toBe(digest(text('two')));
    const typed = (value: string) => ({
      'index.ts': "import type { T } from './a';\nexport const b: T = 1;",
      'a.ts': `export type T = ${value};`,
    });
    expect(digest(typed('1'))).toBe(digest(typed('1 | 2')));
  });

  it('ignores an import of a file that is missing, and fails on a missing entry', () => {
    expect(digest({ 'index.ts': "import './nowhere';" })).toMatch(/^[0-9a-f]{64}$/);
    expect(() => digest({}, 'nowhere.ts')).toThrow('ENOENT');
  });
});

/** A copy of this project's code in a folder of any name. */
function copyProject(): string {
  const project = mkdtempSync(join(root, 'project-'));
  cpSync(join(packageFolder, 'src'), join(project, 'src'), { recursive: true });
  cpSync(join(packageFolder, 'package.json'), join(project, 'package.json'));
  symlinkSync(join(packageFolder, 'node_modules'), join(project, 'node_modules'));
  return project;
}

function typescriptFiles(project: string): string[] {
  return readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(project, 'src', name));
}

/** Moves a file as an editor does: its own specifiers and those of its importers follow. */
function moveFile(project: string, from: string, to: string): void {
  const [source, target] = [join(project, 'src', from), join(project, 'src', to)];
  for (const file of typescriptFiles(project)) {
    const text = readFileSync(file, 'utf8');
    const place = dirname(file === source ? target : file);
    const changed = text.replace(/(?<=['"])\.\.?\/[^'"\n]+(?=['"])/g, (specifier) => {
      const named = resolve(dirname(file), specifier);
      if (file !== source && `${named}.ts` !== source) return specifier;
      const path = relative(place, `${named}.ts` === source ? target.slice(0, -3) : named);
      return path.startsWith('.') ? path : `./${path}`;
    });
    if (changed !== text) writeFileSync(file, changed);
  }
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target);
  rmSync(source);
}

function edit(project: string, file: string, change: (text: string) => string): void {
  const path = join(project, 'src', file);
  const text = readFileSync(path, 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(path, changed);
}

const runnerDigests = (project: string) =>
  Object.fromEntries(
    stageKindNames.map((kind) => [
      kind,
      codeDigest(join(project, 'src', 'host', 'stages', `run-${kind}.ts`)),
    ]),
  );

describe('the code of a stage, in a copy of this project', () => {
  it('keeps its digest when files that it imports move and comments change', () => {
    const before = runnerDigests(copyProject());
    const project = copyProject();
    moveFile(project, 'learning/detector/losses.ts', 'host/elsewhere/deep/objective.ts');
    moveFile(project, 'core/files/atomic-file.ts', 'core/files/safe-writes.ts');
    moveFile(project, 'learning/training/input/input-thread.ts', 'learning/thread.ts');
    edit(project, 'learning/detector/targets.ts', (text) => `// Another comment.\n${text}`);
    expect(existsSync(join(project, 'src', 'learning', 'detector', 'losses.ts'))).toBe(false);
    expect(runnerDigests(project)).toEqual(before);
  });

  it('gets another digest when a loss changes, and no other stage does', () => {
    const before = runnerDigests(copyProject());
    const project = copyProject();
    edit(project, 'learning/detector/losses.ts', (text) =>
      text.replace('tf.mul(inner, 0.5)', 'tf.mul(inner, 0.25)'),
    );
    const after = runnerDigests(project);
    expect(stageKindNames.filter((kind) => after[kind] !== before[kind])).toEqual(['train', 'custom']);
  });
});
