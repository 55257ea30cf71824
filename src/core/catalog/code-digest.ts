import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { packageFolder, sourceFolder } from '../files/package-folder';

/** The code of one file, without types, comments and layout, cut where it names another file. */
interface CodeFile {
  /** One more than `imports`: `texts[i]` precedes `imports[i]`. */
  readonly texts: readonly string[];
  /** Absolute paths of the files it loads, in order of appearance. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

const settings = {
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true },
  target: 'es2022',
  minify: { compress: false, mangle: false },
} as const;

/** The name by which a plugin outside of this package imports the contract. */
const CONTRACT_NAME = 'rethink-bench/contract';

/** Specifiers of other files in compiled code; worker threads and child processes are named by `require.resolve`. */
const loads = /(?<=\b(?:from|import|import\(|require\(|require\.resolve\()")([^"]+)(?=")/g;

/** Loaded late: listing plugins needs no digests. */
function loadCompiler(): typeof import('@swc/core') {
  return require('@swc/core') as typeof import('@swc/core');
}

/** The compiled files of this process, so that ten thousand trials read each file once. */
const files = new Map<string, CodeFile>();

/**
 * Compiled as an ES module, in which no name follows from the path of another file (CommonJS output has `_foo` for
 * `./foo`). An edit that cannot change an outcome leaves the text as it was.
 */
function compile(file: string): string {
  const source = readFileSync(file, 'utf8');
  if (file.endsWith('.json')) return source;
  return loadCompiler().transformSync(source, {
    swcrc: false,
    configFile: false,
    filename: file,
    jsc: settings,
    minify: true,
    sourceMaps: false,
    module: { type: 'es6' },
  }).code;
}

function readCode(file: string): CodeFile {
  const cached = files.get(file);
  if (cached) return cached;
  const code = compile(file);
  const texts: string[] = [];
  const imports: string[] = [];
  const packages: string[] = [];
  let end = 0;
  for (const match of file.endsWith('.json') ? [] : code.matchAll(loads)) {
    const [specifier] = match;
    if (!isLocal(specifier)) {
      if (!specifier.startsWith('node:')) packages.push(packageName(specifier));
      continue;
    }
    const target = resolveLocal(file, specifier);
    // A text that resembles an import.
    if (target === undefined) continue;
    texts.push(code.slice(end, match.index));
    imports.push(target);
    end = match.index + specifier.length;
  }
  texts.push(code.slice(end));
  const result = { texts, imports, packages };
  files.set(file, result);
  return result;
}

const isLocal = (specifier: string) => specifier.startsWith('.') || specifier === CONTRACT_NAME;

function resolveLocal(from: string, specifier: string): string | undefined {
  const base =
    specifier === CONTRACT_NAME ? join(sourceFolder, 'contract') : resolve(dirname(from), specifier);
  const candidates = [
    base,
    `${base}.ts`,
    `${base}.js`,
    `${base}.cjs`,
    `${base}.json`,
    join(base, 'index.ts'),
    join(base, 'index.js'),
  ];
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Installed version of a package and of all that it depends on: what the lockfile pins, for the packages that matter. */
function addPackage(name: string, from: string, versions: Set<string>): void {
  let folder = from;
  for (;;) {
    const manifestFile = join(folder, 'node_modules', name, 'package.json');
    const manifest = readManifest(manifestFile);
    if (manifest !== undefined) {
      const entry = `${name}@${manifest.version ?? '?'}`;
      if (versions.has(entry)) return;
      versions.add(entry);
      for (const dependency of Object.keys(manifest.dependencies ?? {}))
        addPackage(dependency, dirname(manifestFile), versions);
      return;
    }
    const parent = dirname(folder);
    if (parent === folder) {
      // A plugin may use the host's packages; an optional dependency that is not installed cannot run.
      if (!from.startsWith(packageFolder)) addPackage(name, packageFolder, versions);
      return;
    }
    folder = parent;
  }
}

interface PackageManifest {
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
}

/** Manifests of packages by path, absent ones too: most code uses the same few packages. */
const manifests = new Map<string, PackageManifest | undefined>();

function readManifest(file: string): PackageManifest | undefined {
  if (manifests.has(file)) return manifests.get(file);
  const manifest = isThere(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PackageManifest) : undefined;
  manifests.set(file, manifest);
  return manifest;
}

/** A file without read permission counts as absent: a planning process may read only what it needs. */
function isThere(file: string): boolean {
  try {
    return existsSync(file);
  } catch {
    return false;
  }
}

const sha256 = (lines: readonly string[]) => createHash('sha256').update(lines.join('\n')).digest('hex');

/** Digests of files by path. */
const digests = new Map<string, string>();

interface Visit {
  readonly index: number;
  /** The lowest index that is reached from here along files whose circle is still open. */
  low: number;
}

/**
 * Digests of a file and of all that it loads (Tarjan's algorithm for strongly connected components). Files that load
 * each other in a circle are digested as one.
 */
class Digester {
  private readonly visits = new Map<string, Visit>();
  private readonly open: string[] = [];

  visit(file: string): Visit {
    const visit: Visit = { index: this.visits.size, low: this.visits.size };
    this.visits.set(file, visit);
    this.open.push(file);
    for (const target of readCode(file).imports) {
      if (digests.has(target)) continue;
      const seen = this.visits.get(target);
      visit.low = Math.min(visit.low, seen === undefined ? this.visit(target).low : seen.index);
    }
    if (visit.low === visit.index) this.close(this.open.splice(this.open.indexOf(file)));
    return visit;
  }

  private close(circle: readonly string[]): void {
    const own = new Map(circle.map((file) => [file, textDigest(file, (target) => digests.get(target))]));
    const [first] = circle;
    if (circle.length === 1 && !readCode(first!).imports.includes(first!)) {
      digests.set(first!, own.get(first!)!);
      return;
    }
    const whole = sha256([...own.values()].sort());
    const inside = (target: string) => digests.get(target) ?? own.get(target);
    const linked = circle.map((file) => [file, sha256([whole, textDigest(file, inside)])] as const);
    for (const [file, digest] of linked) digests.set(file, digest);
  }
}

/** Of a file's text with the digest of what is loaded where the compiled code has a path. */
function textDigest(file: string, digestOfFile: (file: string) => string | undefined): string {
  const { texts, imports } = readCode(file);
  return sha256(texts.flatMap((text, index) => [text, digestOfFile(imports[index] ?? '') ?? '']));
}

function packageVersions(entry: string): string[] {
  const versions = new Set<string>();
  const seen = new Set([entry]);
  for (const file of seen) {
    const { imports, packages } = readCode(file);
    for (const target of imports) seen.add(target);
    for (const name of packages) addPackage(name, dirname(file), versions);
  }
  return [...versions].sort();
}

const entryDigests = new Map<string, string>();

/**
 * SHA-256 over what a file does: its code, the digests of the files that it loads, and the installed versions of the
 * packages that these use. No path takes part, so that moving or renaming files changes nothing.
 *
 * @param entry absolute path of a .ts or .js file
 */
export function codeDigest(entry: string): string {
  const cached = entryDigests.get(entry);
  if (cached !== undefined) return cached;
  if (!digests.has(entry)) new Digester().visit(entry);
  const digest = sha256([digests.get(entry)!, ...packageVersions(entry)]);
  entryDigests.set(entry, digest);
  return digest;
}
