import 'reflect-metadata';
import { gtr, satisfies, validRange } from 'semver';
import { z } from 'zod';
import {
  CONTRACT_VERSION,
  type PluginClass,
  type PluginKind,
  type PluginManifest,
  pluginKinds,
  RethinkError,
} from '../../contract';
import { issueSentence } from '../text/zod-issue';
import type { PluginLocation } from './discover';

export const pluginName = z
  .string()
  .regex(/^[a-z0-9]+(?:[+-]*[a-z0-9]+)*[+]*$/, 'lower case letters, digits, "+" and "-"');

const manifestSchema = z.object({
  kind: z.enum(pluginKinds),
  name: pluginName,
  version: z.string().regex(/^\d+\.\d+\.\d+/, 'a semantic version such as "1.0.0"'),
  contract: z.union(
    [z.int(), z.string().refine((range) => validRange(range) !== null)],
    'a major version such as 1, or a range such as "^1.0.0"',
  ),
  description: z.string().min(1),
  options: z.custom<z.ZodObject>(
    (value) => value instanceof z.ZodObject || isForeignZodObject(value),
    'a z.strictObject',
  ),
  authors: z.array(z.string()).optional(),
  source: z.string().optional(),
});

/** A plugin of another package may bring its own copy of zod, whose classes are not ours. */
function isForeignZodObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'safeParse' in value && 'shape' in value;
}

const methods: Record<PluginKind, string> = { init: 'plan', augmentation: 'apply', strategy: 'plan' };

function broken(location: PluginLocation, code: string, message: string, hint?: string, cause?: unknown) {
  return new RethinkError(code, message, {
    location: { file: location.entry ?? location.folder },
    hint,
    cause,
  });
}

/**
 * Loads a plugin's file and checks its shape.
 *
 * @throws RethinkError `PLUGIN_NO_ENTRY`, `PLUGIN_LOAD`, `PLUGIN_NO_CLASS`, `PLUGIN_MANIFEST`, `PLUGIN_CONTRACT` or `PLUGIN_SHAPE`
 */
export function loadPluginClass(location: PluginLocation): PluginClass<object> {
  if (location.entry === undefined) {
    throw broken(
      location,
      'PLUGIN_NO_ENTRY',
      'The plugin folder has no index.ts.',
      'Add one whose default export is the plugin class.',
    );
  }
  let module: { default?: unknown };
  try {
    module = require(location.entry) as { default?: unknown };
  } catch (error) {
    throw broken(
      location,
      'PLUGIN_LOAD',
      `The plugin cannot be loaded: ${firstLine(error)}`,
      undefined,
      error,
    );
  }
  const exported = module.default;
  if (typeof exported !== 'function') {
    throw broken(
      location,
      'PLUGIN_NO_CLASS',
      'The plugin has no class as its default export.',
      'Write `export default class … {}`.',
    );
  }
  const manifest = manifestSchema.safeParse((exported as { plugin?: unknown }).plugin);
  if (!manifest.success) {
    const issue = manifest.error.issues[0]!;
    const path = ['static plugin', ...issue.path].join('.');
    throw broken(location, 'PLUGIN_MANIFEST', issueSentence(issue, path), 'See docs/reference/contract.md.');
  }
  checkAgainstFolder(location, manifest.data);
  const method = methods[location.kind];
  if (typeof (exported.prototype as Record<string, unknown>)[method] !== 'function') {
    throw broken(
      location,
      'PLUGIN_SHAPE',
      `The plugin class has no method ${method}().`,
      'See docs/reference/contract.md.',
    );
  }
  return exported as unknown as PluginClass<object>;
}

function checkAgainstFolder(location: PluginLocation, manifest: PluginManifest): void {
  if (manifest.kind !== location.kind || manifest.name !== location.name) {
    throw broken(
      location,
      'PLUGIN_MANIFEST',
      `The plugin is named ${manifest.kind}/${manifest.name} but is located in ${location.kind}/${location.name}.`,
      'Give the folder the name of the plugin.',
    );
  }
  if (!satisfies(CONTRACT_VERSION, String(manifest.contract))) {
    throw broken(
      location,
      'PLUGIN_CONTRACT',
      `The plugin requires version ${manifest.contract} of the contract; this host has ${CONTRACT_VERSION}.`,
      gtr(CONTRACT_VERSION, String(manifest.contract))
        ? 'Fix the plugin: CHANGELOG.md lists the changes of the contract.'
        : 'Update rethink-bench.',
    );
  }
}

export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n')[0]?.replace(/\s+/g, ' ') ?? '';
}
