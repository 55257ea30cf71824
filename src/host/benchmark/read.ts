import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type SourceLocation, RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import { dotted, explain, type Path } from './explain';
import { type Benchmark, benchmarkSpec } from './spec';

interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** Settings that children inherit; absent: all. */
  readonly only?: readonly string[];
}

/** `extends`: a file, or some of a file's settings: `{ file: paper-mini.yaml, only: [claims, cells] }`. */
const parentSpec = z.union([
  z.string().transform((file): { file: string; only?: string[] } => ({ file })),
  z.strictObject({ file: z.string(), only: z.array(z.string()).min(1) }),
]);

export interface BenchmarkFile {
  readonly file: string;
  /** The file and all that it extends. */
  readonly files: readonly string[];
  readonly benchmark: Benchmark;
  /** Where a value is set, in this file or in one that it extends. */
  readonly locate: (path: Path) => SourceLocation;
}

/**
 * Reads a benchmark file with all that it extends.
 *
 * @param seeds replaces the file's seed axis by 0 … seeds − 1
 * @throws RethinkError `BENCHMARK_NOT_FOUND`, `BENCHMARK_SYNTAX`, `BENCHMARK_EXTENDS`, `BENCHMARK_UNKNOWN_KEY` or `BENCHMARK_INVALID`
 */
export function readBenchmark(path: string, seeds?: number): BenchmarkFile {
  const sources = readChain(resolve(path));
  const locate = (path: Path) =>
    locateIn(
      sources.filter(({ only }) => only?.includes(String(path[0])) ?? true),
      path,
    );
  // The last of the chain is the ancestor: each file overrides those that it extends.
  const merged = sources.map((source) => plain(source)).reduceRight<Record<string, unknown>>(overlay, {});
  if (seeds !== undefined && isRecord(merged['axes'])) {
    merged['axes'] = { ...merged['axes'], seed: Array.from({ length: seeds }, (_, seed) => seed) };
  }
  const result = benchmarkSpec.safeParse(merged);
  if (!result.success) throw explain(result.error, merged, locate);
  return { file: resolve(path), files: sources.map(({ file }) => file), benchmark: result.data, locate };
}

/**
 * The file and those that it extends, itself first.
 *
 * @throws RethinkError as `readBenchmark` does
 */
export function benchmarkChain(path: string): string[] {
  return readChain(resolve(path)).map(({ file }) => file);
}

function readChain(first: string): Source[] {
  const chain: Source[] = [];
  let only: readonly string[] | undefined;
  for (let file: string | undefined = first; file !== undefined;) {
    if (chain.some((source) => source.file === file)) {
      throw new RethinkError(
        'BENCHMARK_EXTENDS',
        `The benchmark file extends itself: ${[...chain.map((source) => source.file), file].join(' → ')}.`,
        {
          location: { file, path: 'extends' },
        },
      );
    }
    const source: Source = { ...readSource(file, chain.at(-1)), only };
    chain.push(source);
    const written = (source.document.toJS() as { extends?: unknown }).extends;
    if (written === undefined) break;
    const parent = parentSpec.safeParse(written);
    if (!parent.success) {
      throw new RethinkError(
        'BENCHMARK_EXTENDS',
        '"extends" must be the path of one benchmark file, or { file, only: [settings] }.',
        { location: locateIn([source], ['extends']) },
      );
    }
    only = common(only, checkedOnly(parent.data.only, source));
    file = resolve(dirname(file), parent.data.file);
  }
  return chain;
}

/** Settings that both inherit. */
function common(a: readonly string[] | undefined, b: readonly string[] | undefined) {
  return a === undefined || b === undefined ? (a ?? b) : a.filter((key) => b.includes(key));
}

function checkedOnly(only: readonly string[] | undefined, source: Source): readonly string[] | undefined {
  const known = Object.keys(benchmarkSpec.shape);
  const unknown = only?.findIndex((key) => !known.includes(key)) ?? -1;
  if (unknown < 0) return only;
  const key = only![unknown]!;
  throw new RethinkError('BENCHMARK_EXTENDS', `Benchmarks have no setting "${key}".`, {
    location: locateIn([source], ['extends', 'only', unknown]),
    hint: suggest(key, known),
  });
}

function readSource(file: string, child: Source | undefined): Source {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new RethinkError(
      'BENCHMARK_NOT_FOUND',
      `Cannot read the benchmark file: ${(error as Error).message}.`,
      {
        location: child === undefined ? { file } : locateIn([child], ['extends']),
        hint: 'The benchmark files of this project are in benchmarks/.',
        cause: error,
      },
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const position = lines.linePos(problem.pos[0]);
    const reason = problem.message.split('\n')[0]!.replace(/ at line.*$/, '');
    throw new RethinkError('BENCHMARK_SYNTAX', `The file is not valid YAML: ${reason}.`, {
      location: { file, line: position.line, column: position.col },
    });
  }
  if (!isMap(document.contents)) {
    throw new RethinkError('BENCHMARK_SYNTAX', 'A benchmark file must be a map of settings.', {
      location: { file, line: 1 },
    });
  }
  try {
    JSON.stringify(document.toJS());
  } catch (error) {
    // The YAML library refuses documents whose aliases multiply without limit; an alias may also be inside what it names.
    const message = (error as Error).message.startsWith('Converting circular')
      ? 'The file has a circular YAML alias.'
      : `The file cannot be read: ${(error as Error).message}.`;
    throw new RethinkError('BENCHMARK_SYNTAX', message, { location: { file }, cause: error });
  }
  return { file, document, lines };
}

function plain(source: Source): Record<string, unknown> {
  const { extends: _, ...settings } = source.document.toJS() as Record<string, unknown>;
  const { only } = source;
  if (only === undefined) return settings;
  return Object.fromEntries(Object.entries(settings).filter(([key]) => only.includes(key)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keys that select an alternative: where the child selects another one, the parent's settings do not apply. */
const alternatives: Readonly<Record<string, readonly string[]>> = { dataset: ['scenes', 'coco'] };

/** Maps are merged key by key; lists and scalars of the child replace those of the parent. */
function overlay(parent: Record<string, unknown>, child: Record<string, unknown>): Record<string, unknown> {
  // A Map, because a file may have a key "__proto__", which must be reported like any other unknown key.
  const result = new Map(Object.entries(parent));
  for (const [key, value] of Object.entries(child)) {
    const before = result.get(key);
    const replaces = !isRecord(before) || !isRecord(value) || differs(key, before, value);
    result.set(key, replaces ? value : overlay(before, value));
  }
  return Object.fromEntries(result);
}

function differs(key: string, before: Record<string, unknown>, value: Record<string, unknown>): boolean {
  if ('type' in before && 'type' in value && before['type'] !== value['type']) return true;
  const choices = Object.hasOwn(alternatives, key) ? alternatives[key]! : [];
  return (
    choices.some((choice) => choice in value) &&
    !choices.some((choice) => choice in value && choice in before)
  );
}

function locateIn(sources: readonly Source[], path: Path): SourceLocation {
  for (const source of sources) {
    for (let length = path.length; length > 0; length--) {
      const node: unknown = source.document.getIn(path.slice(0, length) as unknown[], true);
      if (!isNode(node) || !node.range) continue;
      // A parent file may have the value itself where the child has only the surrounding map.
      const deeper = sources.some(
        (other) => other !== source && other.document.hasIn(path.slice(0, length + 1) as unknown[]),
      );
      if (length < path.length && deeper) continue;
      const { line, col } = source.lines.linePos(node.range[0]);
      return { file: source.file, line, column: col, path: dotted(path) };
    }
  }
  return { file: sources[0]?.file, path: dotted(path) };
}
