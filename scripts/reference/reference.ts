import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { benchmarkPage } from './benchmark-page';
import { commandLinePage } from './command-line-page';
import { contractPage } from './contract-page';
import { pluginCheckPage } from './plugin-check-page';
import { pluginsPage } from './plugins-page';
import { troubleshootingPage } from './troubleshooting-page';

const pages: Readonly<Record<string, () => string>> = {
  'contract.md': contractPage,
  'plugins.md': pluginsPage,
  'plugin-check.md': pluginCheckPage,
  'command-line.md': commandLinePage,
  'benchmark.md': benchmarkPage,
  'troubleshooting.md': troubleshootingPage,
};

/** Pages of docs/reference by file name, made from the code and laid out as all files here are. */
export async function reference(): Promise<Record<string, string>> {
  const config = await resolveConfig(join(__dirname, '..', '..', 'docs', 'reference', 'contract.md'));
  const entries = Object.entries(pages).map(
    async ([name, make]) => [name, await format(make(), { ...config, parser: 'markdown' })] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
