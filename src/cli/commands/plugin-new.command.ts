import { relative, resolve } from 'node:path';
import { Option, SubCommand } from 'nest-commander';
import { discoverPlugins } from '../../core/catalog/discover';
import { isKind } from '../../core/catalog/locate';
import { scaffoldPlugin } from '../../host/conformance/scaffold/scaffold';
import { type PluginKind, pluginKinds, RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import { packageFolder } from '../../core/files/package-folder';
import { print, printJson } from '../terminal/output';
import { pluginRoots } from '../common/plugin-roots';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { version } from '../../../package.json';

interface NewOptions extends CommonOptions {
  to?: string;
  package?: boolean;
}

@SubCommand({
  name: 'new',
  arguments: '<kind> <name>',
  description: 'make the folder of a new plugin, with a test and a README, that passes all checks',
})
export class PluginNewCommand extends RethinkCommand<NewOptions> {
  protected override readonly examples = [
    'plugin new strategy my-idea',
    'plugin new augmentation my-idea --to ../my-plugins --package',
  ];

  protected execute([word = '', name = '']: string[], options: NewOptions): Promise<void> {
    const kind = this.kindOf(word);
    this.refuseKnown(kind, name);
    const root = resolve(options.to ?? 'plugins');
    const folder = scaffoldPlugin({
      kind,
      name,
      root,
      asPackage: options.package === true ? { rethinkVersion: version } : undefined,
    });
    if (options.json === true) printJson({ kind, name, folder });
    else print(nextSteps(folder, root, options));
    return Promise.resolve();
  }

  private kindOf(word: string): PluginKind {
    if (isKind(word)) return word;
    throw new RethinkError('USAGE', `"${word}" is no kind of plugin`, { hint: suggest(word, pluginKinds) });
  }

  private refuseKnown(kind: PluginKind, name: string): void {
    const known = discoverPlugins(pluginRoots(this.configuration)).find(
      (location) => location.kind === kind && location.name === name,
    );
    if (known === undefined) return;
    throw new RethinkError('PLUGIN_EXISTS', `there is a ${kind} plugin "${name}" already`, {
      location: { file: known.folder },
      hint: 'choose another name',
    });
  }

  @Option({ flags: '--to <folder>', description: 'folder for <kind>/<name>/ (default: plugins)' })
  parseTo(value: string): string {
    return value;
  }

  @Option({ flags: '--package', description: 'make that folder an npm package of plugins' })
  parsePackage(): boolean {
    return true;
  }
}

function nextSteps(folder: string, root: string, { to }: NewOptions): string {
  const here = relative('', folder);
  const place = relative('', root);
  const program = process.cwd() === packageFolder ? 'npm run -s rethink --' : 'npx rethink';
  return [
    here,
    '',
    `  check it        ${program} plugin check ${here}`,
    `  does it help?   ${program} plugin try ${here}`,
    ...(to === undefined && root === resolve('plugins') && discoverPlugins([root]).length > 1
      ? []
      : [
          `  use it          plugins: [${place === '' ? '.' : place}] in rethink.config.yaml or a benchmark file`,
        ]),
  ].join('\n');
}
