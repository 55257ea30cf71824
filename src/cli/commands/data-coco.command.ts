import { resolve } from 'node:path';
import { SubCommand } from 'nest-commander';
import { RethinkError } from '../../contract';
import { quoted } from '../../core/text/format';
import { readCocoSubset } from '../../learning/dataset/fetch/coco-subset';
import { cocoStore, fetchCoco } from '../../learning/dataset/fetch/fetch-coco';
import { existingPath } from '../../core/files/paths';
import { Interruption } from '../common/interruption';
import { print, printJson } from '../terminal/output';
import { flag, integer } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { StatusLine } from '../terminal/spinner';
import { table } from '../terminal/table';

interface DataCocoOptions extends CommonOptions {
  subset?: string;
  out?: string;
  from?: string;
  baseUrl?: string;
  jobs?: number;
}

const defaultJobs = 8;

function baseUrl(value: string, name: string): string {
  if (!URL.canParse(value) || !/^https?:/.test(value)) {
    throw new RethinkError('USAGE', `${name} must be an HTTP(S) URL, got ${quoted(value)}.`);
  }
  return value.replace(/\/+$/, '');
}

@SubCommand({
  name: 'coco',
  description: 'download a fixed subset of COCO (annotations, images, licences), or copy it from disk',
})
export class DataCocoCommand extends RethinkCommand<DataCocoOptions> {
  static override readonly flags = [
    flag(
      '--subset <name>',
      'name of a subset, or a .json file like those in benchmarks/subsets (default: mini)',
    ),
    flag('--out <folder>', 'output folder; existing files are reused'),
    flag('--from <folder>', 'copy of COCO on disk, used instead of the network'),
    flag('--base-url <url>', `mirror with the same paths as ${cocoStore}`, baseUrl),
    flag('--jobs <n>', `parallel connections, 1 to 32 (default: ${defaultJobs})`, integer(1, 32)),
  ];
  protected override readonly examples = [
    'data coco --subset mini --out data/coco-mini',
    'data coco --subset mini --from /data/coco --out data/coco-mini',
  ];

  protected async execute(_: string[], options: DataCocoOptions): Promise<void> {
    const { out, from, baseUrl, jobs = defaultJobs } = options;
    if (out === undefined) {
      throw new RethinkError('USAGE', '--out is missing.', { hint: 'Add --out <folder>.' });
    }
    const subset = readCocoSubset(options.subset ?? 'mini');
    const copy = from && existingPath(from, '--from', 'folder', { baseFolder: process.cwd(), env: {} });
    const interruption = new Interruption();
    interruption.kill.addEventListener('abort', () => process.exit(130));
    const line = new StatusLine();
    const folder = resolve(out);
    const result = await fetchCoco({
      subset,
      to: folder,
      from: copy,
      baseUrl,
      jobs,
      signal: interruption.stop,
      progress: (what, done, total) => line.update(`data   ${what}  ${done} / ${total}`),
    }).finally(() => {
      line.end('');
      interruption.release();
    });
    if (options.json === true) return printJson({ subset: subset.name, folder, ...result });
    print(
      table(
        ['SPLIT', 'IMAGES', 'BOXES', 'ANNOTATIONS'],
        Object.entries(result.splits).map(([split, { images, boxes, annotations }]) => [
          split,
          images,
          boxes,
          annotations,
        ]),
      ),
    );
    print(`\n${result.fetched} images fetched, ${result.present} already present; licences: LICENCES.md`);
  }
}
