import 'reflect-metadata';
import { container } from 'tsyringe';
import type { z } from 'zod';
import { LOGGER, type Logger, OPTIONS, type PluginClass, RethinkError } from '../../contract';
import { suggest } from '../text/did-you-mean';
import { issueSentence } from '../text/zod-issue';
import { firstLine } from './load';

/** What a plugin may be given; exactly the contract's tokens. */
export interface PluginServices {
  readonly logger: Logger;
}

/**
 * Parses options by the plugin's own schema.
 *
 * @throws RethinkError `PLUGIN_OPTIONS`, with the option's path
 */
export function parseOptions(
  plugin: PluginClass<object>,
  options: unknown,
  path: string,
): Record<string, unknown> {
  const schema = plugin.plugin.options;
  const result = schema.safeParse(options ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  const name = `${plugin.plugin.kind} "${plugin.plugin.name}"`;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  throw new RethinkError(
    'PLUGIN_OPTIONS',
    unknown === undefined
      ? `Invalid option of ${name}: ${issueSentence(issue, issue.path.join('.') || 'options')}`
      : `Unknown option "${unknown}" of ${name}.`,
    {
      location: { path: [path, ...issue.path].join('.') },
      hint: unknown === undefined ? undefined : suggest(unknown, Object.keys(schema.shape)),
    },
  );
}

/**
 * Constructs a plugin in its own tsyringe container, which offers only the services of the contract.
 *
 * @param options parsed options
 * @throws RethinkError `PLUGIN_CONSTRUCT` when the constructor throws or requests something that is not offered
 */
export function instantiatePlugin<Instance extends object>(
  plugin: PluginClass<object>,
  options: Readonly<Record<string, unknown>>,
  services: PluginServices,
): Instance {
  const child = container.createChildContainer();
  child.register(OPTIONS, { useValue: options });
  child.register(LOGGER, { useValue: services.logger });
  try {
    return child.resolve(plugin as unknown as new () => Instance);
  } catch (error) {
    throw new RethinkError(
      'PLUGIN_CONSTRUCT',
      `The constructor of ${plugin.plugin.kind} "${plugin.plugin.name}" failed: ${firstLine(error)}`,
      {
        hint: 'It may request OPTIONS and LOGGER by @inject, in a class marked @injectable().',
        cause: error,
      },
    );
  }
}
