import { Command, SubCommand } from 'nest-commander';
import { describePlugins } from '../../benchmark/plan-in-child';
import type { PluginDescription } from '../../catalog/describe';
import { print, printJson } from '../output';
import { pluginRoots } from '../plugin-roots';
import { type CommonOptions, RethinkCommand } from '../rethink-command';
import { table } from '../table';

@SubCommand({
  name: 'list',
  description: 'list the plugins found, the broken ones with their reason',
})
export class PluginListCommand extends RethinkCommand {
  protected override readonly examples = ['plugin list', 'plugin list --json'];

  protected async execute(_inputs: string[], options: CommonOptions): Promise<void> {
    const plugins = await describePlugins(pluginRoots(this.configuration()), this.logger);
    if (options.json === true) return printJson({ plugins });
    print(
      table(
        ['KIND', 'NAME', 'VERSION', ''],
        plugins.map((plugin) => [
          plugin.kind,
          plugin.name,
          plugin.status === 'ok' ? plugin.version : 'broken',
          about(plugin),
        ]),
      ),
    );
  }
}

function about(plugin: PluginDescription): string {
  if (plugin.status === 'ok') return plugin.description;
  return `${plugin.reason} [${plugin.code}]${plugin.hint === undefined ? '' : ` – ${plugin.hint}`}`;
}

@Command({ name: 'plugin', description: 'look at the plugins', subCommands: [PluginListCommand] })
export class PluginCommand extends RethinkCommand {
  protected execute(): Promise<void> {
    this.command.help();
  }
}
