import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { benchmarkPage } from './benchmark-page';
import { commandLinePage } from './command-line-page';
import { contractPage } from './contract-page';
import { architecturePage, dataCheckPage } from './guide-tables';
import { pluginCheckPage } from './plugin-check-page';
import { pluginsPage } from './plugins-page';
import { troubleshootingPage } from './troubleshooting-page';

const pages: Readonly<Record<string, () => string>> = {
  'architecture.md': architecturePage,
  'data-check.md': dataCheckPage,
  'reference/contract.md': contractPage,
  'reference/plugins.md': pluginsPage,
  'reference/plugin-check.md': pluginCheckPage,
  'reference/command-line.md': commandLinePage,
  'reference/benchmark.md': benchmarkPage,
  'reference/troubleshooting.md': troubleshootingPage,
};

/** Pages generated from the code, by their path in docs/, formatted by prettier. */
export async function reference(): Promise<Record<string, string>> {
  const config = await resolveConfig(join(__dirname, '..', '..', 'docs', 'reference', 'contract.md'));
  const entries = Object.entries(pages).map(
    async ([name, make]) => [name, await format(make(), { ...config, parser: 'markdown' })] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
