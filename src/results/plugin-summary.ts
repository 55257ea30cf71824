import { z } from 'zod';
import type { CatalogEntry } from '../catalog/catalog';
import type { PluginSummary } from '../execution/events';

interface OptionSchema {
  type?: string;
  enum?: unknown[];
  default?: unknown;
  description?: string;
}

/** A plugin of the catalogue as the pages show it. */
export function summarisePlugin(entry: CatalogEntry): PluginSummary {
  const { kind, name } = entry;
  if (entry.status === 'broken') {
    return { kind, name, status: 'broken', code: entry.error.code, reason: entry.error.message };
  }
  const { version, description, options, authors, source } = entry.plugin.plugin;
  return { kind, name, status: 'ok', version, description, options: optionsOf(options), authors, source };
}

/** A plugin with a copy of zod of its own may have a schema that ours can't read: its options are left out then. */
function optionsOf(options: z.ZodObject): PluginSummary['options'] {
  let schema: { properties?: Record<string, OptionSchema> };
  try {
    schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as typeof schema;
  } catch {
    return undefined;
  }
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    type: property.enum?.map((value) => JSON.stringify(value)).join(' | ') ?? property.type ?? 'any',
    default: property.default,
    description: property.description,
  }));
}
