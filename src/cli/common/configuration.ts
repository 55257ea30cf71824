import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { RethinkError } from '../../contract';
import { costFactorsSpec } from '../../core/cost/factors';
import { slurmSchema } from '../../host/execution/batch/slurm-settings';
import { suggest } from '../../core/text/did-you-mean';

/** Name of the configuration file in the working directory. */
export const CONFIGURATION_FILE = 'rethink.config.yaml';

/** Settings of a machine: by file, by `RETHINK_…` in the environment, or by option. */
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
      'results database: a SQLite file (default: results.sqlite in the workspace) or postgres://user@host/name',
    ),
  backend: z.enum(['tensorflow', 'webgpu', 'cpu']).default('tensorflow').describe('tensor engine'),
  slots: z.coerce
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('parallel stages (default: one per core or GPU)'),
  gpus: z.coerce
    .string()
    .regex(
      /^(none|\d+|[\w/-]+(,[\w/-]*)+|(GPU|MIG)-[\w/-]+)$/,
      'expected none, a number of GPUs, or a list as in 0,2',
    )
    .optional()
    .describe('GPUs to compute on: none, a number, or indices and UUIDs separated by commas (default: all)'),
  stagesPerGpu: z.coerce.number().int().min(1).max(64).default(1).describe('stages that share a GPU'),
  executor: z
    .enum(['local', 'slurm'])
    .default('local')
    .describe('where stages run: on this machine, or as jobs of a SLURM cluster'),
  slurm: slurmSchema.prefault({}).describe('jobs of --executor slurm'),
  plugins: z
    .array(z.string())
    .default([])
    .describe('additional plugins: folders with <kind>/<name>/index.ts, or npm packages'),
  cost: costFactorsSpec.optional().describe('prices and carbon factors of costs'),
  logLevel: z.enum(['debug', 'info', 'warn']).default('info').describe('minimum level of stage logs'),
});
export type Configuration = z.output<typeof configurationSchema>;

const environmentNames: Readonly<Partial<Record<keyof Configuration, string>>> = {
  workspace: 'RETHINK_WORKSPACE',
  database: 'RETHINK_DATABASE',
  backend: 'RETHINK_BACKEND',
  slots: 'RETHINK_SLOTS',
  gpus: 'RETHINK_GPUS',
  stagesPerGpu: 'RETHINK_STAGES_PER_GPU',
  executor: 'RETHINK_EXECUTOR',
  plugins: 'RETHINK_PLUGINS',
  logLevel: 'RETHINK_LOG_LEVEL',
};

/**
 * Options override the environment, the environment overrides the file. Paths are relative to the working directory.
 *
 * @param flags settings of the command line
 * @throws RethinkError `CONFIGURATION_INVALID`, with the location of the setting
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
      unknown === undefined ? `Invalid setting: ${issue?.message}.` : `Unknown key "${unknown}".`,
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

/** Whether `database` is a PostgreSQL URL rather than a file. */
export function isPostgres(database: string): boolean {
  return /^postgres(ql)?:\/\//.test(database);
}

function readConfigurationFile(file: string): Record<string, unknown> {
  const { parseDocument } = require('yaml') as typeof import('yaml');
  const document = parseDocument(readFileSync(file, 'utf8'));
  const [problem] = [...document.errors, ...document.warnings];
  let value: unknown;
  try {
    if (problem !== undefined) throw problem;
    value = document.toJS();
  } catch (error) {
    const message = (error as Error).message.split(/\n| at line /)[0]!;
    throw new RethinkError('CONFIGURATION_INVALID', `Invalid YAML: ${message.replace(/[.:]$/, '')}.`, {
      location: { file, line: problem?.linePos?.[0].line, column: problem?.linePos?.[0].col },
    });
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new RethinkError('CONFIGURATION_INVALID', 'The configuration file must be a map of settings.', {
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
