import { SubCommand } from 'nest-commander';
import { type AugmentationSubject, benchAugmentations } from '../../learning/bench/augmentation';
import { Catalog } from '../../core/catalog/catalog';
import { instantiatePlugin, parseOptions } from '../../core/catalog/instantiate';
import type { AugmentationPlugin } from '../../contract';
import { print, printJson } from '../terminal/output';
import { pluginRoots } from '../common/plugin-roots';
import { flag, integer, list } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { table } from '../terminal/table';

interface AugmentationOptions extends CommonOptions {
  size?: number;
  images?: number;
  only?: string[];
}

@SubCommand({
  name: 'augmentation',
  description: 'time augmentation plugins with their default options on one core',
})
export class BenchAugmentationCommand extends RethinkCommand<AugmentationOptions> {
  static override readonly flags = [
    flag('--size <pixels>', 'side of the input and longer side of the images (default: 640)', integer(32)),
    flag('--images <count>', 'timed images (default: 200)', integer(1)),
    flag('--only <names>', 'plugins, separated by commas (default: s1,s2,s3,s4)', list),
  ];
  protected override readonly examples = [
    'bench augmentation --json',
    'bench augmentation --only s2,s4 --size 320 --images 1000',
  ];

  protected execute(_: string[], options: AugmentationOptions): Promise<void> {
    const { size = 640, images = 200, only = ['s1', 's2', 's3', 's4'] } = options;
    const results = benchAugmentations(this.subjects(only), { size, images });
    if (options.json === true) printJson({ size, threads: 1, augmentations: results });
    else {
      print(
        table(
          ['AUGMENTATION', 'IMAGES/S', 'MS', 'MIN', 'MAX'],
          results.map(({ name, imagesPerSecond, milliseconds: { median, min, max } }) => [
            name,
            imagesPerSecond.toFixed(1),
            median.toFixed(1),
            min.toFixed(1),
            max.toFixed(1),
          ]),
        ),
      );
      print(`\n${images} images of ${size} px each, one thread; MS: median per image`);
    }
    return Promise.resolve();
  }

  private subjects(names: readonly string[]): AugmentationSubject[] {
    const catalog = new Catalog(pluginRoots(this.configuration));
    return names.map((name) => {
      const { plugin } = catalog.find('augmentation', name);
      const options = parseOptions(plugin, {}, 'options');
      return {
        name,
        plugin: instantiatePlugin<AugmentationPlugin>(plugin, options, { logger: this.logger }),
      };
    });
  }
}
