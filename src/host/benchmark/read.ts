import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type SourceLocation, RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import { type Benchmark, benchmarkSpec } from './spec';

type Path = readonly PropertyKey[];

interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** Settings that children take over; absent: all. */
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
  /** Where a value stands; of the file that set it, when the benchmark extends others. */
  readonly place: (path: Path) => SourceLocation;
}

/**
 * Reads a benchmark file with all that it extends.
 *
 * @param seeds replaces the file's seed axis by 0 … seeds − 1
 * @throws RethinkError `BENCHMARK_NOT_FOUND`, `BENCHMARK_SYNTAX`, `BENCHMARK_EXTENDS`, `BENCHMARK_UNKNOWN_KEY` or `BENCHMARK_INVALID`
 */
export function readBenchmark(path: string, seeds?: number): BenchmarkFile {
  const sources = readChain(resolve(path));
  const place = (at: Path) =>
    placeOf(
      sources.filter(({ only }) => only?.includes(String(at[0])) ?? true),
      at,
    );
  // The last of the chain is the ancestor: each file is laid over those it extends.
  const merged = sources.map((source) => plain(source)).reduceRight<Record<string, unknown>>(overlay, {});
  if (seeds !== undefined && isRecord(merged['axes'])) {
    merged['axes'] = { ...merged['axes'], seed: Array.from({ length: seeds }, (_, seed) => seed) };
  }
  const result = benchmarkSpec.safeParse(merged);
  if (!result.success) throw explain(result.error, merged, place);
  return { file: resolve(path), files: sources.map(({ file }) => file), benchmark: result.data, place };
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
        `extends itself by way of ${chain.map((source) => source.file).join(' → ')}`,
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
        '"extends" wants the path of one benchmark file, or { file, only: [settings] }',
        { location: placeOf([source], ['extends']) },
      );
    }
    only = common(only, checkedOnly(parent.data.only, source));
    file = resolve(dirname(file), parent.data.file);
  }
  return chain;
}

/** What both let through. */
function common(a: readonly string[] | undefined, b: readonly string[] | undefined) {
  return a === undefined || b === undefined ? (a ?? b) : a.filter((key) => b.includes(key));
}

function checkedOnly(only: readonly string[] | undefined, source: Source): readonly string[] | undefined {
  const known = Object.keys(benchmarkSpec.shape);
  const strange = only?.findIndex((key) => !known.includes(key)) ?? -1;
  if (strange < 0) return only;
  const key = only![strange]!;
  throw new RethinkError('BENCHMARK_EXTENDS', `no benchmark has a setting "${key}"`, {
    location: placeOf([source], ['extends', 'only', strange]),
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
      `can't read the benchmark file: ${(error as Error).message}`,
      {
        location: child === undefined ? { file } : placeOf([child], ['extends']),
        hint: 'benchmark files of this project lie in benchmarks/',
        cause: error,
      },
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const position = lines.linePos(problem.pos[0]);
    throw new RethinkError(
      'BENCHMARK_SYNTAX',
      problem.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? 'not YAML',
      {
        location: { file, line: position.line, column: position.col },
      },
    );
  }
  if (!isMap(document.contents)) {
    throw new RethinkError('BENCHMARK_SYNTAX', 'a benchmark file is a map of settings', {
      location: { file, line: 1 },
    });
  }
  try {
    JSON.stringify(document.toJS());
  } catch (error) {
    // The YAML library refuses documents whose aliases multiply without measure; an alias may also stand within what it names.
    const message = (error as Error).message.startsWith('Converting circular')
      ? 'an alias stands within the map or list that it names'
      : (error as Error).message;
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

/** Keys that choose between alternatives: where the child names another alternative, the parent's settings do not fit. */
const alternatives: Readonly<Record<string, readonly string[]>> = { dataset: ['scenes', 'coco'] };

/** Maps are merged key by key; lists and scalars of the child replace those of the parent. */
function overlay(parent: Record<string, unknown>, child: Record<string, unknown>): Record<string, unknown> {
  // A map, for a file may hold a key "__proto__", which is to be refused by its name like any other.
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

function placeOf(sources: readonly Source[], path: Path): SourceLocation {
  for (const source of sources) {
    for (let length = path.length; length > 0; length--) {
      const node: unknown = source.document.getIn(path.slice(0, length) as unknown[], true);
      if (!isNode(node) || !node.range) continue;
      // A parent file may hold the very value where the child holds only its surroundings.
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

export function dotted(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function explain(error: z.ZodError, input: unknown, place: (path: Path) => SourceLocation): RethinkError {
  // A mistyped key also leaves its namesake missing; the typing error is what to mend.
  const issues = error.issues.map((found) => deepest(found, []));
  const issue = (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] as string;
    const path = [...issue.path, key];
    return new RethinkError('BENCHMARK_UNKNOWN_KEY', `unknown key "${key}"`, {
      location: place(path),
      hint: suggest(key, knownKeys(issue.path, input)),
    });
  }
  const absent = 'input' in issue ? issue.input === undefined : valueAt(input, issue.path) === undefined;
  // A rule of ours says in its own words what it misses.
  const missing = absent && issue.code !== 'custom';
  return new RethinkError(
    'BENCHMARK_INVALID',
    missing ? `"${dotted(issue.path)}" is missing` : issue.message,
    {
      location: place(issue.path),
      hint: absent ? undefined : `got ${JSON.stringify(valueAt(input, issue.path))?.slice(0, 80)}`,
    },
  );
}

/** Of a union's complaints, the one that got furthest: the others were not meant. */
function deepest(issue: z.core.$ZodIssue, prefix: Path): z.core.$ZodIssue {
  const here = { ...issue, path: [...prefix, ...issue.path] as PropertyKey[] };
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return here;
  const branches = issue.errors
    .map((issues) => issues[0])
    .filter((branch) => branch !== undefined)
    .map((branch) => deepest(branch, here.path));
  const rank = (branch: z.core.$ZodIssue) =>
    branch.path.length + (branch.code === 'unrecognized_keys' ? 0.5 : 0);
  const best = branches.sort((a, b) => rank(b) - rank(a))[0];
  return best !== undefined && rank(best) > here.path.length ? best : here;
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part],
    input,
  );
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

/** The keys that the schema knows at a path, from its JSON Schema; of a union, those of the alternative that was meant. */
function knownKeys(path: Path, input: unknown): string[] {
  const flatten = (schema: JsonSchema): JsonSchema[] => [
    schema,
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].flatMap(flatten),
  ];
  let schemas = flatten(z.toJSONSchema(benchmarkSpec, { io: 'input', unrepresentable: 'any' }) as JsonSchema);
  for (const part of path) {
    schemas = schemas
      .map((schema) => (typeof part === 'number' ? schema.items : schema.properties?.[String(part)]))
      .filter((schema) => schema !== undefined)
      .flatMap(flatten);
  }
  const type = (valueAt(input, path) as { type?: unknown } | undefined)?.type;
  const meant = schemas.filter((schema) => {
    const constant = (schema.properties?.['type'] as { const?: unknown } | undefined)?.const;
    return constant === undefined || type === undefined || constant === type;
  });
  return [...new Set(meant.flatMap((schema) => Object.keys(schema.properties ?? {})))];
}
