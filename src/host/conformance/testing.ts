/** `rethink-bench/contract/testing`: for tests of plugins. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PluginClass } from '../../contract';
import type { CheckOutcome } from './finding';
import { checksOf } from './suite';

export * from '../../contract/testing';

export interface DescribePluginOptions {
  /** The plugin's folder; by default that of the test file. */
  readonly folder?: string;
  /** Also run a small trial in the real host, which takes most of a minute. */
  readonly trial?: boolean;
}

type CheckFolder = typeof import('./check-folder');

/**
 * The conformance suite as tests: one for each check of `rethink plugin check`, whose findings are the failure's message.
 *
 * @param plugin the class, default export of the folder's index.ts
 */
export function describePlugin(plugin: PluginClass<object>, options: DescribePluginOptions = {}): void {
  const { kind, name } = plugin.plugin;
  describe(`${kind} "${name}"`, () => {
    const outcomes = new Map<string, CheckOutcome>();
    beforeAll(async () => {
      const folder = options.folder ?? dirname(expect.getState().testPath!);
      const { checkFolder } = load();
      const { checks } = await checkFolder({ kind, name, folder, trial: options.trial === true });
      for (const outcome of checks) outcomes.set(outcome.check, outcome);
    }, 600_000);

    for (const { id, title } of checksOf(kind)) {
      if (id === 'trial' && options.trial !== true) continue;
      it(title, ({ skip }) => {
        const outcome = outcomes.get(id);
        if (outcome === undefined || outcome.status === 'skipped') return skip('nothing to check');
        const { formatFinding } = load();
        const errors = outcome.findings.filter(({ severity }) => severity === 'error');
        expect.soft(errors.map(formatFinding).join('\n')).toBe('');
      });
    }
  });
}

/** The host runs as it does without vitest: its own modules, compiled by its own hook. */
function load(): CheckFolder {
  const own = createRequire(join(__dirname, 'testing.ts'));
  own('../register.cjs');
  return own('./check-folder') as CheckFolder;
}
