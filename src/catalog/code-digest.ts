import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

interface CodeFile {
  readonly digest: string;
  readonly local: readonly string[];
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
const packageFolder = dirname(dirname(__dirname));

/** Whoever only looks for plugins takes no digests. */
function loadCompiler(): typeof import('@swc/core') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded late
  return require('@swc/core') as typeof import('@swc/core');
}

/** The compiled files of this process, so that ten thousand trials read each file once. */
const files = new Map<string, CodeFile>();

/**
 * What a file does, without its types, comments and layout: it is compiled and printed in the shortest form.
 * An edit that can't change an outcome therefore leaves the digest as it was.
 */
function readCode(file: string): CodeFile {
  const known = files.get(file);
  if (known) return known;
  const source = readFileSync(file, 'utf8');
  const code = file.endsWith('.json')
    ? source
    : loadCompiler().transformSync(source, {
        swcrc: false,
        configFile: false,
        filename: file,
        jsc: settings,
        minify: true,
        sourceMaps: false,
        module: { type: 'commonjs', ignoreDynamic: false },
      }).code;
  const specifiers = file.endsWith('.json')
    ? []
    : [...code.matchAll(/require\("([^"]+)"\)/g)].map((match) => match[1] as string);
  const local: string[] = [];
  const packages: string[] = [];
  for (const specifier of new Set(specifiers)) {
    if (specifier.startsWith('.')) local.push(resolveLocal(file, specifier));
    else if (specifier === CONTRACT_NAME) local.push(resolveLocal(__filename, '../contract'));
    else if (!specifier.startsWith('node:')) packages.push(packageName(specifier));
  }
  const result = { digest: createHash('sha256').update(code).digest('hex'), local, packages };
  files.set(file, result);
  return result;
}

function resolveLocal(from: string, specifier: string): string {
  const base = resolve(dirname(from), specifier);
  const candidates = [
    base,
    `${base}.ts`,
    `${base}.js`,
    `${base}.cjs`,
    `${base}.json`,
    join(base, 'index.ts'),
    join(base, 'index.js'),
  ];
  const found = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  if (found === undefined) throw new Error(`${from} imports ${specifier}, which does not exist`);
  return found;
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
      // What a plugin's folder lacks the host may lend; an optional dependency that is not installed can't run.
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

/** Files of packages, and where there is none: most code stands on the same few packages. */
const manifests = new Map<string, PackageManifest | undefined>();

function readManifest(file: string): PackageManifest | undefined {
  if (manifests.has(file)) return manifests.get(file);
  const manifest = isThere(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PackageManifest) : undefined;
  manifests.set(file, manifest);
  return manifest;
}

/** What may not be read is not there: a process that plans sees no more than it needs. */
function isThere(file: string): boolean {
  try {
    return existsSync(file);
  } catch {
    return false;
  }
}

/** Of a file that an entry needs: the same wherever the plugin and this package lie. */
function nameFrom(entry: string, file: string): string {
  const isForeign = isOurs(file) && !isOurs(entry);
  const name = isForeign
    ? join('rethink-bench', relative(packageFolder, file))
    : relative(dirname(entry), file);
  return name.split(sep).join('/');
}

function isOurs(file: string): boolean {
  return file.startsWith(packageFolder + sep);
}

const digests = new Map<string, string>();

/**
 * SHA-256 over a file's code, all that it imports (by relative path, named relative to the file, so that it does not
 * matter where the project lies) and the installed versions of the packages that these use.
 *
 * @param entry absolute path of a .ts or .js file
 */
export function codeDigest(entry: string): string {
  const known = digests.get(entry);
  if (known !== undefined) return known;
  const seen = new Map<string, string>();
  const packages = new Set<string>();
  const queue = [entry];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    const code = readCode(file);
    seen.set(file, code.digest);
    queue.push(...code.local);
    for (const name of code.packages) addPackage(name, dirname(file), packages);
  }
  const hash = createHash('sha256');
  const lines = [...seen].map(([file, digest]) => `${nameFrom(entry, file)} ${digest}`);
  for (const line of [...lines.sort(), ...[...packages].sort()]) hash.update(`${line}\n`);
  const digest = hash.digest('hex');
  digests.set(entry, digest);
  return digest;
}
