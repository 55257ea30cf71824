import { z } from 'zod';
import { RethinkError, type SourceLocation } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import { issueSentence } from '../../core/text/zod-issue';
import { benchmarkSpec } from './spec';

export type Path = readonly PropertyKey[];

export function dotted(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/**
 * The first problem of a benchmark as an error.
 *
 * @param locate where a value is set
 */
export function explain(
  error: z.ZodError,
  input: unknown,
  locate: (path: Path) => SourceLocation,
): RethinkError {
  // A mistyped key also leaves the intended one missing; the typing error is what to fix.
  const issues = error.issues.map((found) => deepest(found, []));
  const issue = (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] as string;
    return new RethinkError('BENCHMARK_UNKNOWN_KEY', `Unknown key "${key}".`, {
      location: locate([...issue.path, key]),
      hint: suggest(key, knownKeys(issue.path, input)),
    });
  }
  const path = dotted(issue.path);
  const value = 'input' in issue ? issue.input : valueAt(input, issue.path);
  // A custom rule says itself what is missing.
  const isMissing = value === undefined && issue.code !== 'custom';
  return new RethinkError(
    'BENCHMARK_INVALID',
    isMissing ? `"${path}" is missing.` : issueSentence(issue, path),
    {
      location: locate(issue.path),
      hint:
        hintOf(issue) ??
        (value === undefined
          ? undefined
          : `The value is ${JSON.stringify(valueAt(input, issue.path))?.slice(0, 80)}.`),
    },
  );
}

/** A rule of our own may know more than the value. */
function hintOf(issue: z.core.$ZodIssue): string | undefined {
  return issue.code === 'custom' ? (issue.params?.['hint'] as string | undefined) : undefined;
}

/** Of the issues of a union, that of the alternative which matches furthest: it is the intended one. */
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

/** The keys of the schema at a path, from its JSON Schema; of a union, those of the intended alternative. */
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
