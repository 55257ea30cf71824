import { SubCommand } from 'nest-commander';
import { describePlugins } from '../../host/planning/plan-in-child';
import type { PluginDescription } from '../../core/catalog/describe';
import { readReport } from '../../host/conformance/store';
import { print, printJson } from '../terminal/output';
import { pluginRoots } from '../common/plugin-roots';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { table } from '../terminal/table';

@SubCommand({
  name: 'list',
  description: 'list all plugins; broken ones with the reason',
})
export class PluginListCommand extends RethinkCommand {
  protected override readonly examples = ['plugin list', 'plugin list --json'];

  protected async execute(_args: string[], options: CommonOptions): Promise<void> {
    const configuration = this.configuration;
    const plugins = await describePlugins(pluginRoots(configuration), this.logger);
    if (options.json === true) return printJson({ plugins });
    print(
      table(
        ['KIND', 'NAME', 'VERSION', 'CHECK', ''],
        plugins.map((plugin) => [
          plugin.kind,
          plugin.name,
          plugin.status === 'ok' ? plugin.version : 'broken',
          checkOf(plugin, configuration.workspace),
          formatDescription(plugin),
        ]),
      ),
    );
  }
}

/** Result of `plugin check` for exactly this code. */
function checkOf(plugin: PluginDescription, workspace: string): string {
  const report = plugin.status === 'ok' ? readReport(workspace, plugin.codeDigest) : undefined;
  if (report === undefined) return '–';
  return report.passed ? 'passed' : 'failed';
}

function formatDescription(plugin: PluginDescription): string {
  if (plugin.status === 'ok') return plugin.description;
  return `${plugin.reason} [${plugin.code}]${plugin.hint === undefined ? '' : ` – ${plugin.hint}`}`;
}
