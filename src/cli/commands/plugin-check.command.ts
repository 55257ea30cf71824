import { SubCommand } from 'nest-commander';
import { locatePlugins } from '../../core/catalog/locate';
import { checkPlugin, type CheckReport } from '../../host/conformance/check-plugin';
import { formatConclusion, formatCheckOutcome } from '../../host/conformance/format';
import { storeReport } from '../../host/conformance/store';
import { exitCodes } from '../terminal/exit-codes';
import { print, printJson, log } from '../terminal/output';
import { pluginRoots } from '../common/plugin-roots';
import { flag, machineFlags } from '../common/options';
import { machineGpus, requestedSlots } from '../common/machine-gpus';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { Workspace } from '../../core/artifact/workspace';

interface CheckOptions extends CommonOptions {
  trial?: boolean;
}

@SubCommand({
  name: 'check',
  arguments: '<plugin>',
  description: 'check the behaviour of a plugin: a folder, an npm package, or <kind>/<name>',
})
export class PluginCheckCommand extends RethinkCommand<CheckOptions> {
  static override readonly flags = [
    flag('--no-trial', 'skip the small trial in the real host, which takes most of the time'),
    ...machineFlags,
  ];
  protected override readonly examples = [
    'plugin check plugins/strategy/my-idea',
    'plugin check rethink-plugin-theirs --json',
    'plugin check augmentation/s4 --no-trial',
  ];

  protected async execute([target]: [string], options: CheckOptions): Promise<number> {
    const configuration = this.configuration;
    const { plugins, roots } = locatePlugins(target, pluginRoots(configuration), process.cwd());
    const { gpus } = await machineGpus(configuration);
    const reports: CheckReport[] = [];
    for (const plugin of plugins) {
      if (options.json !== true && plugins.length > 1) print(`\n${plugin.kind}/${plugin.name}`);
      const report = await checkPlugin(
        {
          plugin,
          roots,
          folder: new Workspace(configuration.workspace).conformance,
          backend: configuration.backend,
          trial: options.trial !== false,
          slots: requestedSlots(configuration, gpus),
          gpus,
        },
        {
          begun: (_, title) =>
            process.stderr.isTTY === true && options.verbose === true && log(`  … ${title}`),
          ended: (outcome) => options.json !== true && print(formatCheckOutcome(outcome)),
        },
      );
      reports.push(report);
      await storeReport(configuration.workspace, report);
      if (options.json !== true) print(`\n${formatConclusion(report)}`);
    }
    const passed = reports.every((report) => report.passed);
    if (options.json === true) printJson({ passed, plugins: reports });
    return passed ? exitCodes.ok : exitCodes.failed;
  }
}
