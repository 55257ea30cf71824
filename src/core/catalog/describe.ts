import { z } from 'zod';
import type { AugmentationPlugin, PluginClass, PluginKind } from '../../contract';
import type { PluginSummary } from '../plan/plugin-summary';
import type { CatalogEntry } from './catalog';
import { instantiatePlugin, parseOptions } from './instantiate';

/** A plugin as plain data. */
export type PluginDescription = {
  readonly kind: PluginKind;
  readonly name: string;
  readonly folder: string;
} & (
  | {
      readonly status: 'ok';
      readonly version: string;
      readonly contract: number | string;
      readonly description: string;
      readonly authors: readonly string[];
      readonly source?: string;
      readonly options: NonNullable<PluginSummary['options']>;
      readonly codeDigest: string;
      /** Rank of an augmentation with its default options. */
      readonly strength?: number;
    }
  | { readonly status: 'broken'; readonly code: string; readonly reason: string; readonly hint?: string }
);

export function describeEntry(entry: CatalogEntry): PluginDescription {
  const { kind, name, folder } = entry;
  if (entry.status === 'broken') {
    const { code, message, hint } = entry.error;
    return { kind, name, folder, status: 'broken', code, reason: message, hint };
  }
  const { version, contract, description, authors = [], source, options } = entry.plugin.plugin;
  return {
    kind,
    name,
    folder,
    status: 'ok',
    version,
    contract,
    description,
    authors,
    source,
    options: describeOptions(options),
    codeDigest: entry.codeDigest,
    ...(kind === 'augmentation' && { strength: strengthOf(entry.plugin) }),
  };
}

/** `undefined` where the plugin cannot be constructed from its defaults. */
function strengthOf(plugin: PluginClass<object>): number | undefined {
  const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  try {
    const options = parseOptions(plugin, {}, 'options');
    return instantiatePlugin<AugmentationPlugin>(plugin, options, { logger }).strength;
  } catch {
    return undefined;
  }
}

interface OptionSchema {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: OptionSchema[];
  properties?: Record<string, OptionSchema>;
  required?: string[];
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
}

export function describeOptions(schema: z.ZodObject): NonNullable<PluginSummary['options']> {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, OptionSchema>;
  };
  return Object.entries(json.properties ?? {}).map(([name, option]) => ({
    name,
    type: typeOf(option),
    default: option.default,
    description: option.description,
  }));
}

function typeOf({ anyOf, enum: values, properties, required = [], type = 'any' }: OptionSchema): string {
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' | ');
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (properties === undefined) return [type].flat().join(' | ');
  const fields = Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${typeOf(field)}`,
  );
  return `{ ${fields.join(', ')} }`;
}
