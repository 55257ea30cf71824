import { resolve } from 'node:path';
import { Option, SubCommand } from 'nest-commander';
import { RethinkError } from '../../contract';
import { readCocoSubset } from '../../learning/dataset/fetch/coco-subset';
import { cocoStore, fetchCoco } from '../../learning/dataset/fetch/fetch-coco';
import { existingPath } from '../../core/files/paths';
import { Interruption } from '../common/interruption';
import { print, printJson } from '../terminal/output';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { StatusLine } from '../terminal/spinner';
import { table } from '../terminal/table';

interface DataCocoOptions extends CommonOptions {
  subset?: string;
  to?: string;
  from?: string;
  baseUrl?: string;
  jobs?: number;
}

const defaultJobs = 8;

@SubCommand({
  name: 'coco',
  description:
    'bring a fixed part of COCO: annotations, images and their licences, by COCO’s public addresses or from a copy on disk',
})
export class DataCocoCommand extends RethinkCommand<DataCocoOptions> {
  protected override readonly examples = [
    'data coco --subset mini --to data/coco-mini',
    'data coco --subset mini --from /data/coco --to data/coco-mini',
  ];

  protected async execute(_: string[], options: DataCocoOptions): Promise<void> {
    const { to, from, baseUrl, jobs = defaultJobs } = options;
    if (to === undefined) {
      throw new RethinkError('USAGE', 'no folder is named', { hint: 'add --to <folder>' });
    }
    const subset = readCocoSubset(options.subset ?? 'mini');
    const copy = from && existingPath(from, '--from', 'folder', { baseFolder: process.cwd(), env: {} });
    const interruption = new Interruption();
    interruption.kill.addEventListener('abort', () => process.exit(130));
    const line = new StatusLine();
    const folder = resolve(to);
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
    print(`\n${result.fetched} images brought, ${result.present} were there; licences: LICENCES.md`);
  }

  @Option({
    flags: '--subset <name>',
    description: 'subset by name, or a .json file like those in benchmarks/subsets (default: mini)',
  })
  parseSubset(value: string): string {
    return value;
  }

  @Option({ flags: '--to <folder>', description: 'folder to fill; what is there already is kept' })
  parseTo(value: string): string {
    return value;
  }

  @Option({ flags: '--from <folder>', description: 'a COCO copy on disk instead of the network' })
  parseFrom(value: string): string {
    return value;
  }

  @Option({ flags: '--base-url <url>', description: `a mirror with the same paths as ${cocoStore}` })
  parseBaseUrl(value: string): string {
    if (!URL.canParse(value) || !/^https?:/.test(value)) {
      throw new RethinkError('USAGE', `--base-url wants a web address, got "${value}"`);
    }
    return value.replace(/\/+$/, '');
  }

  @Option({ flags: '--jobs <n>', description: `connections at once, 1 to 32 (default: ${defaultJobs})` })
  parseJobs(value: string): number {
    const jobs = Number(value);
    if (!Number.isInteger(jobs) || jobs < 1 || jobs > 32) {
      throw new RethinkError('USAGE', `--jobs wants a whole number from 1 to 32, got "${value}"`);
    }
    return jobs;
  }
}
