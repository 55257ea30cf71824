import { resolve } from 'node:path';
import { Option, SubCommand } from 'nest-commander';
import { RethinkError } from '../../contract';
import { makeImageFolder } from '../../learning/dataset/fetch/image-folder';
import { existingPath } from '../../core/files/paths';
import { Interruption } from '../common/interruption';
import { print, printJson, log } from '../terminal/output';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { StatusLine } from '../terminal/spinner';

interface ImageFolderCommandOptions extends CommonOptions {
  to?: string;
  size?: number;
  perClass?: number;
  classes?: number;
  seed?: number;
}

const defaultSize = 256;

function wholeNumber(flag: string, value: string, least: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= least) return number;
  throw new RethinkError('USAGE', `${flag} wants a whole number from ${least} up, got "${value}"`);
}

@SubCommand({
  name: 'imagefolder',
  arguments: '<folder>',
  description: 'make a classification data set, a folder of images a class, out of a larger one',
})
export class DataImageFolderCommand extends RethinkCommand<ImageFolderCommandOptions> {
  protected override readonly examples = [
    'data imagefolder /data/imagenet/train --to data/imagenet-100 --classes 100 --per-class 100 --size 128',
  ];

  protected async execute([from]: string[], options: ImageFolderCommandOptions): Promise<void> {
    if (options.to === undefined) {
      throw new RethinkError('USAGE', 'no folder is named', { hint: 'add --to <folder>' });
    }
    const folder = existingPath(from!, 'folder', 'folder', { baseFolder: process.cwd(), env: {} });
    const to = resolve(options.to);
    const interruption = new Interruption();
    interruption.kill.addEventListener('abort', () => process.exit(130));
    const line = new StatusLine();
    const made = await makeImageFolder({
      ...options,
      from: folder,
      to,
      size: options.size ?? defaultSize,
      seed: options.seed ?? 0,
      signal: interruption.stop,
      progress: (what, done, total) => line.update(`data   ${what}  ${done} / ${total}`),
    }).finally(() => {
      line.end('');
      interruption.release();
    });
    for (const file of made.broken) log(`warning: ${file} is no whole image and was left out`);
    if (options.json === true) return printJson({ folder: to, ...made });
    print(`${made.images} images of ${made.classes} classes in ${to}`);
  }

  @Option({ flags: '--to <folder>', description: 'folder to fill; what is there already is kept' })
  parseTo(value: string): string {
    return value;
  }

  @Option({ flags: '--size <pixels>', description: `longest side of the images (default: ${defaultSize})` })
  parseSize(value: string): number {
    return wholeNumber('--size', value, 16);
  }

  @Option({
    flags: '--per-class <n>',
    description: 'images of each class, drawn by the seed (default: all)',
  })
  parsePerClass(value: string): number {
    return wholeNumber('--per-class', value, 1);
  }

  @Option({ flags: '--classes <n>', description: 'classes, drawn by the seed (default: all)' })
  parseClasses(value: string): number {
    return wholeNumber('--classes', value, 1);
  }

  @Option({ flags: '--seed <n>', description: 'decides which classes and images (default: 0)' })
  parseSeed(value: string): number {
    return wholeNumber('--seed', value, 0);
  }
}
