import { resolve } from 'node:path';
import { SubCommand } from 'nest-commander';
import { RethinkError } from '../../contract';
import { READ_FORMATS } from '../../learning/dataset/unreadable-image';
import { makeImageFolder } from '../../learning/dataset/fetch/image-folder';
import { existingPath } from '../../core/files/paths';
import { Interruption } from '../common/interruption';
import { log, print, printJson } from '../terminal/output';
import { flag, integer } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { StatusLine } from '../terminal/spinner';

interface ImageFolderCommandOptions extends CommonOptions {
  out?: string;
  size?: number;
  perClass?: number;
  classes?: number;
  seed?: number;
}

const defaultSize = 256;

@SubCommand({
  name: 'imagefolder',
  arguments: '<folder>',
  description: 'make a smaller classification data set (one folder per class) from a larger one',
})
export class DataImageFolderCommand extends RethinkCommand<ImageFolderCommandOptions> {
  static override readonly flags = [
    flag('--out <folder>', 'output folder; existing files are reused'),
    flag('--size <pixels>', `longest side of the images (default: ${defaultSize})`, integer(16)),
    flag('--per-class <n>', 'images per class, sampled with the seed (default: all)', integer(1)),
    flag('--classes <n>', 'number of classes, sampled with the seed (default: all)', integer(1)),
    flag('--seed <n>', 'seed of the sampling (default: 0)', integer(0)),
  ];
  protected override readonly examples = [
    'data imagefolder /data/imagenet/train --out data/imagenet-100 --classes 100 --per-class 100 --size 128',
  ];

  protected async execute([from]: string[], options: ImageFolderCommandOptions): Promise<void> {
    if (options.out === undefined) {
      throw new RethinkError('USAGE', '--out is missing.', { hint: 'Add --out <folder>.' });
    }
    const folder = existingPath(from!, 'folder', 'folder', { baseFolder: process.cwd(), env: {} });
    const to = resolve(options.out);
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
    for (const file of made.broken)
      log(`warning: left out ${file}, which cannot be decoded; these formats are read: ${READ_FORMATS}`);
    if (options.json === true) return printJson({ folder: to, ...made });
    print(`${made.images} images of ${made.classes} classes in ${to}`);
  }
}
