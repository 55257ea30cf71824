import { type z } from 'zod';
import { RethinkError } from '../../contract';

const mostDepth = 60;
const longestString = 200_000;

/**
 * Parses a file of a bundle. Depth, lengths and names are bounded, so that whatever walks the value later can do so
 * without care.
 *
 * @param file for the error's place
 * @throws RethinkError `BUNDLE_MALFORMED`
 */
export function parseJson(data: Buffer, file: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (error) {
    const what = (error as Error).message.split('\n')[0]!.slice(0, 200);
    throw new RethinkError('BUNDLE_MALFORMED', `is no JSON: ${what}`, { location: { file }, cause: error });
  }
  const stack: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value: item, depth } = next;
    if (typeof item === 'string' && item.length > longestString) {
      throw malformed(file, `holds a text of ${item.length} characters`);
    }
    if (typeof item !== 'object' || item === null) continue;
    if (depth === mostDepth) throw malformed(file, `is nested more than ${mostDepth} deep`);
    for (const key of Object.keys(item)) {
      if (key === '__proto__') throw malformed(file, 'holds a key __proto__');
      if (key.length > 1000) throw malformed(file, `holds a key of ${key.length} characters`);
      stack.push({ value: (item as Record<string, unknown>)[key], depth: depth + 1 });
    }
  }
  return value;
}

/**
 * Reads a file of a bundle strictly.
 *
 * @param file for the error's place
 * @throws RethinkError `BUNDLE_MALFORMED` with the path in the file
 */
export function readJsonAs<Schema extends z.ZodType>(
  data: Buffer,
  schema: Schema,
  file: string,
): z.output<Schema> {
  const parsed = schema.safeParse(parseJson(data, file));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new RethinkError('BUNDLE_MALFORMED', (issue?.message ?? 'malformed').slice(0, 300), {
    location: { file, path: issue?.path.join('.').slice(0, 200) },
  });
}

function malformed(file: string, what: string): RethinkError {
  return new RethinkError('BUNDLE_MALFORMED', what, { location: { file } });
}
