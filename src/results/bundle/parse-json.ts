import { type z } from 'zod';
import { issueSentence } from '../../core/text/zod-issue';
import { malformed } from './bundle-errors';

const mostDepth = 60;
const longestString = 200_000;

/**
 * Parses a file of a bundle. Depth, lengths and names are bounded, so that later code may walk the value without checks.
 *
 * @param file for the error's location
 * @throws RethinkError `BUNDLE_MALFORMED`
 */
export function parseJson(data: Buffer, file: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (error) {
    throw malformed(file, `Not valid JSON: ${(error as Error).message.split('\n')[0]!.slice(0, 200)}.`);
  }
  const stack: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value: item, depth } = next;
    if (typeof item === 'string' && item.length > longestString) {
      throw malformed(file, `A text has ${item.length} characters.`);
    }
    if (typeof item !== 'object' || item === null) continue;
    if (depth === mostDepth) throw malformed(file, `Values are nested more than ${mostDepth} deep.`);
    for (const key of Object.keys(item)) {
      if (key === '__proto__') throw malformed(file, 'The key __proto__ is not allowed.');
      if (key.length > 1000) throw malformed(file, `A key has ${key.length} characters.`);
      stack.push({ value: (item as Record<string, unknown>)[key], depth: depth + 1 });
    }
  }
  return value;
}

/**
 * Reads a file of a bundle strictly.
 *
 * @param file for the error's location
 * @throws RethinkError `BUNDLE_MALFORMED` with the path in the file
 */
export function readJsonAs<Schema extends z.ZodType>(
  data: Buffer,
  schema: Schema,
  file: string,
): z.output<Schema> {
  const parsed = schema.safeParse(parseJson(data, file));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.path.join('.').slice(0, 200);
  throw malformed(file, issueSentence(issue, path).slice(0, 300), path);
}
