import { parseArgs } from 'node:util';
import { z } from 'zod';

/**
 * Options of a script: booleans are flags, all others take a value.
 * @throws ZodError for an invalid value, TypeError for an unknown option
 */
export function scriptOptions<Shape extends Readonly<Record<string, z.ZodType>>>(
  shape: Shape,
): z.output<z.ZodObject<Shape>> {
  const options = Object.entries(shape).map(([name, schema]) => {
    const isFlag = typeof schema.safeParse(true).data === 'boolean';
    return [name, { type: isFlag ? 'boolean' : 'string' }] as const;
  });
  return z.strictObject(shape).parse(parseArgs({ options: Object.fromEntries(options) }).values);
}

export const count = z.coerce.number().int().min(0);
