import 'reflect-metadata';
import { gtr, satisfies, validRange } from 'semver';
import { z } from 'zod';
import {
  CONTRACT_VERSION,
  type PluginClass,
  type PluginKind,
  pluginKinds,
  RethinkError,
} from '../../contract';
import { MAX_NAME, MAX_TEXT } from '../plan/limits';
import { issueSentence } from '../text/zod-issue';
import type { PluginLocation } from './discover';

export const pluginName = z
  .string()
  .max(MAX_NAME)
  .regex(/^[a-z0-9]+(?:[+-]*[a-z0-9]+)*[+]*$/, 'lower case letters, digits, "+" and "-"');

const manifestSchema = z.object({
  kind: z.enum(pluginKinds),
  name: pluginName,
  version: z
    .string()
    .max(100)
    .regex(/^\d+\.\d+\.\d+/, 'a semantic version such as "1.0.0"'),
  contract: z.union(
    [z.int(), z.string().refine((range) => validRange(range) !== null)],
    'a major version such as 1, or a range such as "^1.0.0"',
  ),
  description: z.string().min(1).max(MAX_TEXT),
  options: z.custom<z.ZodObject>(
    (value) => value instanceof z.ZodObject || isForeignZodObject(value),
    'a z.strictObject',
  ),
  authors: z.array(z.string().max(MAX_TEXT)).optional(),
  source: z.string().max(MAX_TEXT).optional(),
});

/** A plugin of another package may bring its own copy of zod, whose classes are not ours. */
function isForeignZodObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'safeParse' in value && 'shape' in value;
}

const methods: Record<PluginKind, string> = { init: 'plan', augmentation: 'apply', strategy: 'plan' };

/**
 * Loads a plugin's file and checks its shape.
 *
 * @throws RethinkError `PLUGIN_NO_ENTRY`, `PLUGIN_LOAD`, `PLUGIN_NO_CLASS`, `PLUGIN_MANIFEST`, `PLUGIN_CONTRACT` or `PLUGIN_SHAPE`
 */
export function loadPluginClass({ kind, name, folder, entry }: PluginLocation): PluginClass<object> {
  const broken = (code: string, message: string, hint?: string, cause?: unknown): RethinkError =>
    new RethinkError(code, message, { location: { file: entry ?? folder }, hint, cause });
  if (entry === undefined) {
    const hint = 'Add one whose default export is the plugin class.';
    throw broken('PLUGIN_NO_ENTRY', 'The plugin folder has no index.ts.', hint);
  }
  let exported: unknown;
  try {
    exported = (require(entry) as { default?: unknown }).default;
  } catch (error) {
    throw broken('PLUGIN_LOAD', `The plugin cannot be loaded: ${firstLine(error)}`, undefined, error);
  }
  if (typeof exported !== 'function') {
    const hint = 'Write `export default class … {}`.';
    throw broken('PLUGIN_NO_CLASS', 'The plugin has no class as its default export.', hint);
  }
  const manifest = manifestSchema.safeParse((exported as { plugin?: unknown }).plugin);
  if (!manifest.success) {
    const issue = manifest.error.issues[0]!;
    const path = ['static plugin', ...issue.path].join('.');
    throw broken('PLUGIN_MANIFEST', issueSentence(issue, path), 'See docs/reference/contract.md.');
  }
  const { kind: ownKind, name: ownName, contract } = manifest.data;
  if (ownKind !== kind || ownName !== name) {
    const message = `The plugin is named ${ownKind}/${ownName} but is located in ${kind}/${name}.`;
    throw broken('PLUGIN_MANIFEST', message, 'Give the folder the name of the plugin.');
  }
  if (!satisfies(CONTRACT_VERSION, String(contract))) {
    const message = `The plugin requires version ${contract} of the contract; this host has ${CONTRACT_VERSION}.`;
    const hint = gtr(CONTRACT_VERSION, String(contract))
      ? 'Fix the plugin: CHANGELOG.md lists the changes of the contract.'
      : 'Update rethink-bench.';
    throw broken('PLUGIN_CONTRACT', message, hint);
  }
  const method = methods[kind];
  if (typeof (exported.prototype as Record<string, unknown>)[method] !== 'function') {
    const message = `The plugin class has no method ${method}().`;
    throw broken('PLUGIN_SHAPE', message, 'See docs/reference/contract.md.');
  }
  return exported as unknown as PluginClass<object>;
}

export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .trim()
    .split('\n')[0]!
    .replace(/\s+/g, ' ')
    .slice(0, MAX_TEXT / 2);
}
