import { SubCommand } from 'nest-commander';
import { RethinkError } from '../../contract';
import { checkDataset } from '../../learning/dataset/check/check-dataset';
import { formatCheck } from '../../learning/dataset/check/format-check';
import { existingPath } from '../../core/files/paths';
import { exitCodes } from '../terminal/exit-codes';
import { print, printJson } from '../terminal/output';
import { flag } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { StatusLine } from '../terminal/spinner';

interface DataCheckOptions extends CommonOptions {
  images?: string;
  against?: string[];
  againstImages?: string[];
  nearDuplicates?: boolean;
  strict?: boolean;
}

@SubCommand({
  name: 'check',
  arguments: '<annotations>',
  description:
    'check a COCO data set and list findings with severity and code; exit code 0 without errors, 3 with errors, 2 if the file is unreadable',
})
export class DataCheckCommand extends RethinkCommand<DataCheckOptions> {
  static override readonly flags = [
    flag('--images <folder>', 'folder of the images; without it, no image is opened'),
    flag(
      '--against <files...>',
      'annotation files of other splits, checked for shared images and different categories',
    ),
    flag('--against-images <folders...>', 'folders of their images: one for all, or one for each'),
    flag('--near-duplicates', 'also find near-duplicate images; decodes every image'),
    flag('--strict', 'exit code 3 for warnings as well'),
  ];
  protected override readonly examples = [
    'data check annotations/instances_train2017.json --images train2017',
    'data check train.json --images train --against val.json --against-images val --near-duplicates',
    'data check train.json --json',
  ];

  protected async execute([annotations]: string[], options: DataCheckOptions): Promise<number> {
    const { images, against = [], againstImages = [], nearDuplicates } = options;
    if (againstImages.length > 1 && againstImages.length !== against.length) {
      throw new RethinkError(
        'USAGE',
        `--against has ${against.length} files, but --against-images has ${againstImages.length} folders.`,
        { hint: 'Give one folder for all files, or one for each.' },
      );
    }
    const context = { baseFolder: process.cwd(), env: {} };
    const folder = (path: string, flag: string) => existingPath(path, flag, 'folder', context);
    const line = new StatusLine();
    const check = await checkDataset({
      annotations: annotations!,
      images: images === undefined ? undefined : folder(images, '--images'),
      against: against.map((file, index) => {
        const at = againstImages[index] ?? againstImages[0];
        return { annotations: file, images: at === undefined ? undefined : folder(at, '--against-images') };
      }),
      nearDuplicates,
      progress: (what, done, total) => line.update(`data   ${what}  ${done} / ${total}`),
    }).finally(() => line.end(''));
    if (options.json === true) printJson(check);
    else print(formatCheck(check));
    const { error, warning } = check.severities;
    return error > 0 || (options.strict === true && warning > 0) ? exitCodes.failed : exitCodes.ok;
  }
}
