import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { RethinkError } from '../../contract';
import { costFactorsSpec } from '../../core/cost/factors';
import { suggest } from '../../core/text/did-you-mean';

/** Where the package lies: its plugins and templates are found from here, whatever the working directory. */

/** The name of the configuration file, looked for in the working directory. */
export const CONFIGURATION_FILE = 'rethink.config.yaml';

/** Everything that a machine's owner may set; each by file, by `RETHINK_…` in the environment, or by flag. */
const configurationSchema = z.strictObject({
  workspace: z
    .string()
    .default('.rethink')
    .describe('folder for data sets, artifacts, logs and the results database'),
  database: z
    .string()
    .min(1)
    .optional()
    .describe(
      'where results are kept: a SQLite file (by default results.sqlite in the workspace) or postgres://user@host/name',
    ),
  backend: z.enum(['tensorflow', 'webgpu', 'cpu']).default('tensorflow').describe('tensor engine'),
  slots: z.coerce
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('stages at once; by default one for each core or GPU'),
  plugins: z
    .array(z.string())
    .default([])
    .describe('further plugins: folders with <kind>/<name>/index.ts, or npm packages'),
  cost: costFactorsSpec.optional().describe('prices and carbon by which cost is shown'),
  logLevel: z.enum(['debug', 'info', 'warn']).default('info').describe('least level of lines in stage logs'),
});
export type Configuration = z.output<typeof configurationSchema>;

const environmentNames: Readonly<Partial<Record<keyof Configuration, string>>> = {
  workspace: 'RETHINK_WORKSPACE',
  database: 'RETHINK_DATABASE',
  backend: 'RETHINK_BACKEND',
  slots: 'RETHINK_SLOTS',
  plugins: 'RETHINK_PLUGINS',
  logLevel: 'RETHINK_LOG_LEVEL',
};

/**
 * Flags win over the environment, the environment over the file, the file over the defaults. Paths of the file are
 * relative to it, others to the working directory.
 *
 * @param flags settings given on the command line
 * @throws RethinkError `CONFIGURATION_INVALID`, naming where the setting was made
 */
export function loadConfiguration(
  flags: Readonly<Record<string, unknown>> = {},
  environment: NodeJS.ProcessEnv = process.env,
  folder: string = process.cwd(),
): Configuration {
  const file = join(folder, CONFIGURATION_FILE);
  const sources: [string, Record<string, unknown>][] = [
    [file, existsSync(file) ? readConfigurationFile(file) : {}],
    ['environment', fromEnvironment(environment)],
    ['command line', Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))],
  ];
  for (const [source, settings] of sources) {
    const result = configurationSchema.partial().strict().safeParse(settings);
    if (result.success) continue;
    const issue = result.error.issues[0];
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    throw new RethinkError(
      'CONFIGURATION_INVALID',
      unknown === undefined ? (issue?.message ?? 'malformed') : `unknown key "${unknown}"`,
      {
        location: { file: source, path: issue?.path.join('.') },
        hint: unknown === undefined ? undefined : suggest(unknown, Object.keys(configurationSchema.shape)),
      },
    );
  }
  const merged = configurationSchema.parse(Object.assign({}, ...sources.map(([, settings]) => settings)));
  return {
    ...merged,
    workspace: resolve(folder, merged.workspace),
    database:
      merged.database === undefined || isPostgres(merged.database)
        ? merged.database
        : resolve(folder, merged.database),
  };
}

/** Whether `database` names a PostgreSQL server rather than a file. */
export function isPostgres(database: string): boolean {
  return /^postgres(ql)?:\/\//.test(database);
}

function readConfigurationFile(file: string): Record<string, unknown> {
  const { parse } = require('yaml') as typeof import('yaml');
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RethinkError('CONFIGURATION_INVALID', (error as Error).message.split('\n')[0] ?? 'not YAML', {
      location: { file },
    });
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new RethinkError('CONFIGURATION_INVALID', 'a configuration file is a map of settings', {
      location: { file },
    });
  }
  return value as Record<string, unknown>;
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [key, name] of Object.entries(environmentNames)) {
    const value = environment[name];
    if (value === undefined || value === '') continue;
    settings[key] = key === 'plugins' ? value.split(':').filter((part) => part !== '') : value;
  }
  return settings;
}
