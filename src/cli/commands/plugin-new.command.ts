import { relative, resolve } from 'node:path';
import { SubCommand } from 'nest-commander';
import { discoverPlugins } from '../../core/catalog/discover';
import { isKind } from '../../core/catalog/locate';
import { scaffoldPlugin } from '../../host/conformance/scaffold/scaffold';
import { type PluginKind, pluginKinds, RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import { packageFolder } from '../../core/files/package-folder';
import { print, printJson } from '../terminal/output';
import { pluginRoots } from '../common/plugin-roots';
import { flag } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { version } from '../../../package.json';

interface NewOptions extends CommonOptions {
  out?: string;
  package?: boolean;
}

@SubCommand({
  name: 'new',
  arguments: '<kind> <name>',
  description: 'create a new plugin that passes all checks, with a test and a README',
})
export class PluginNewCommand extends RethinkCommand<NewOptions> {
  static override readonly flags = [
    flag('--out <folder>', 'folder for <kind>/<name>/ (default: plugins)'),
    flag('--package', 'make that folder an npm package'),
  ];
  protected override readonly examples = [
    'plugin new strategy my-idea',
    'plugin new augmentation my-idea --out ../my-plugins --package',
  ];

  protected execute([word = '', name = '']: string[], options: NewOptions): Promise<void> {
    const kind = this.kindOf(word);
    this.refuseExisting(kind, name);
    const root = resolve(options.out ?? 'plugins');
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
    throw new RethinkError('USAGE', `Unknown kind of plugin: "${word}".`, {
      hint: suggest(word, pluginKinds),
    });
  }

  private refuseExisting(kind: PluginKind, name: string): void {
    const known = discoverPlugins(pluginRoots(this.configuration)).find(
      (location) => location.kind === kind && location.name === name,
    );
    if (known === undefined) return;
    throw new RethinkError('PLUGIN_EXISTS', `The ${kind} plugin "${name}" already exists.`, {
      location: { file: known.folder },
      hint: 'Choose another name.',
    });
  }
}

function nextSteps(folder: string, root: string, { out }: NewOptions): string {
  const here = relative('', folder);
  const rootFromHere = relative('', root);
  const program = process.cwd() === packageFolder ? 'npm run -s rethink --' : 'npx rethink';
  return [
    here,
    '',
    `  check it        ${program} plugin check ${here}`,
    `  does it help?   ${program} plugin try ${here}`,
    ...(out === undefined && root === resolve('plugins') && discoverPlugins([root]).length > 1
      ? []
      : [
          `  use it          plugins: [${rootFromHere === '' ? '.' : rootFromHere}] in rethink.config.yaml or a benchmark file`,
        ]),
  ].join('\n');
}
