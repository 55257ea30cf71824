import { mkdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { group } from 'd3-array';
import { Command } from 'nest-commander';
import { RethinkError } from '../../contract';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { artifactFiles } from '../../core/plan/stage-job';
import type { BenchmarkResults, TrialRecord } from '../../results/database/records';
import { oracleOf } from '../../leaderboard/model/benchmark-replicates';
import { imagesAt, imagesOf, readable } from '../../host/prediction/image-list';
import {
  detectParameters,
  predict,
  type Prediction,
  type TrainedDetectorFile,
} from '../../host/prediction/predict';
import { drawDetections } from '../../leaderboard/images/draw-detections';
import { resultsOf, trialFilter } from '../common/benchmark-selection';
import { backendFlag, flag, number, repeatable } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { WorkspaceResults } from '../common/workspace-results';
import { percent } from '../format/trial-table';
import { exitCodes } from '../terminal/exit-codes';
import { log, print, printJson } from '../terminal/output';
import { summaryOf } from './summaries';
import { csvField } from '../../core/text/csv';

interface PredictOptions extends CommonOptions {
  trial?: string;
  only?: string[];
  annotations?: string;
  out?: string;
  csv?: string;
  draw?: string;
  threshold?: number;
}

/** Minimum score of drawn boxes. */
const DRAWN_SCORE = 0.3;

@Command({ ...summaryOf('predict'), arguments: '<benchmark> <images...>' })
export class PredictCommand extends RethinkCommand<PredictOptions> {
  static override readonly flags = [
    flag('--trial <id>', 'detector of this trial (default: the one with the highest AP)'),
    flag(
      '--only <selectors>',
      'choose the best of these trials: fraction=0.2,init=random; repeatable',
      repeatable,
    ),
    flag(
      '--annotations <file>',
      'detect in the images of this COCO file, below the given folder, with its ids',
    ),
    flag('--out <file>', 'COCO file of the detections (default: predictions.json)'),
    flag('--csv <file>', 'also write them as CSV'),
    flag('--draw <folder>', 'also write images with boxes, labels and scores'),
    flag('--threshold <score>', 'minimum score (default: the detector’s; 0.3 for drawings)', number(0, 1)),
    backendFlag,
  ];
  protected override readonly examples = [
    'predict quickstart photos/ --draw drawn/',
    'predict quickstart a.jpg b.png --only fraction=0.2 --threshold 0.5 --csv found.csv',
    'predict mine images/ --annotations val.json --out detections.json',
  ];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([name, ...paths]: string[], options: PredictOptions): Promise<number> {
    const benchmark = await resultsOf(name, this.results);
    const trial = chooseTrial(benchmark, options);
    const { backend, workspace } = this.configuration;
    const detector = detectorOf(benchmark, trial, workspace);
    const listed =
      options.annotations === undefined
        ? await imagesAt(paths)
        : await imagesOf(options.annotations, onlyFolder(paths));
    const { images, broken } = await readable(listed);
    for (const { message, location } of broken) log(`skipped ${location?.file ?? ''}: ${message}`);
    if (images.length === 0) {
      throw new RethinkError('PREDICT_NO_IMAGES', 'None of the images can be read.', {
        hint: 'See the reasons above.',
      });
    }
    log(`Detector: ${trial.id}, AP ${percent(trial.metrics?.stats.AP)}.`);
    const prediction = await predict(detector, images, {
      backend,
      threshold: options.threshold,
      onImages: progressTo(images.length),
    });
    const files = await this.write(prediction, options);
    const counts = {
      images: images.length,
      skipped: broken.length,
      detections: prediction.detections.length,
    };
    if (options.json === true) printJson({ trial: trial.id, ...counts, files });
    else print(files.join('\n'));
    log(
      `${counts.detections} detections in ${counts.images} images${broken.length === 0 ? '' : `, ${broken.length} files skipped`}.`,
    );
    return broken.length === 0 ? exitCodes.ok : exitCodes.failed;
  }

  /** @returns the files written */
  private async write(prediction: Prediction, options: PredictOptions): Promise<string[]> {
    const { annotations, out = 'predictions.json', csv, draw } = options;
    // With the ids of an annotation file a plain list, as evaluators read it; else they need a list of the images.
    const content = annotations === undefined ? cocoFile(prediction) : prediction.detections;
    await writeFileAtomically(out, `${JSON.stringify(content)}\n`);
    if (csv !== undefined) await writeFileAtomically(csv, csvOf(prediction));
    if (draw !== undefined) await drawAll(prediction, draw, options.threshold ?? DRAWN_SCORE);
    return [out, csv, draw].filter((file) => file !== undefined);
  }
}

/** Reports at most every two seconds. */
function progressTo(total: number): (done: number) => void {
  let last = performance.now();
  return (done) => {
    if (performance.now() - last < 2000) return;
    last = performance.now();
    log(`${done} of ${total} images`);
  };
}

function onlyFolder(paths: readonly string[]): string {
  if (paths.length === 1) return paths[0]!;
  throw new RethinkError('USAGE', 'With --annotations, give one folder: that of its images.');
}

/** @throws RethinkError `TRIAL_UNKNOWN`, `TRIAL_WITHOUT_RESULT`, `SELECTOR_…` */
function chooseTrial(benchmark: BenchmarkResults, { trial: id, only }: PredictOptions): TrialRecord {
  if (id !== undefined) {
    const found = benchmark.trials.find((trial) => trial.id === id);
    if (found !== undefined) return found;
    throw new RethinkError('TRIAL_UNKNOWN', `Benchmark "${benchmark.name}" has no trial "${id}".`, {
      hint: 'Ids are those of `status --json`, and those that `--only` takes.',
    });
  }
  const isChosen = trialFilter(only, benchmark);
  const isOracle = oracleOf(benchmark.stages);
  const scored = benchmark.trials.filter(
    (trial) => trial.status === 'done' && isChosen(trial.axes) && !isOracle(trial),
  );
  const AP = (trial: TrialRecord) => trial.metrics?.stats.AP ?? -1;
  const [first, ...others] = scored;
  if (first !== undefined)
    return others.reduce((best, trial) => (AP(trial) > AP(best) ? trial : best), first);
  throw new RethinkError('TRIAL_WITHOUT_RESULT', 'None of these trials is done.', {
    hint: 'Run the benchmark first; `status` lists its trials.',
  });
}

/** @throws RethinkError `PREDICT_NO_WEIGHTS` where the workspace has the trial's results alone */
function detectorOf(
  { stages }: BenchmarkResults,
  { id, detectKey }: TrialRecord,
  workspace: string,
): TrainedDetectorFile {
  const stage = stages.find(({ key }) => key === detectKey);
  const parsed = detectParameters.safeParse(stage?.parameters);
  const store = new ArtifactStore(workspace);
  const input = stage?.inputs[parsed.data?.from ?? ''];
  if (!parsed.success || input === undefined || store.lacks(input, [artifactFiles.weights])) {
    throw new RethinkError('PREDICT_NO_WEIGHTS', `The weights of trial ${id} are not in this workspace.`, {
      location: { file: workspace },
      hint: 'Imported results have no weights; run the trial here, or give the workspace that trained it.',
    });
  }
  const { detector: spec, head } = parsed.data;
  return { weights: join(store.folder(input), artifactFiles.weights), spec, head };
}

function cocoFile({ images, categories, detections }: Prediction) {
  return {
    images: images.map(({ id, name, width, height }) => ({ id, file_name: name, width, height })),
    categories,
    annotations: detections.map((detection, index) => ({ id: index + 1, ...detection })),
  };
}

function csvOf({ images, categories, detections }: Prediction): string {
  const nameOf = new Map(categories.map(({ id, name }) => [id, name]));
  const fileOf = new Map(images.map(({ id, name }) => [id, name]));
  const rows = detections.map(({ image_id, category_id, bbox, score: value }) =>
    [csvField(fileOf.get(image_id)!), csvField(nameOf.get(category_id)!), ...bbox, value].join(','),
  );
  return `${['file,category,x,y,width,height,score', ...rows].join('\n')}\n`;
}

async function drawAll({ images, categories, detections }: Prediction, folder: string, threshold: number) {
  const index = new Map(categories.map(({ id }, at) => [id, at]));
  const found = group(
    detections.filter((detection) => detection.score >= threshold),
    ({ image_id }) => image_id,
  );
  await mkdir(folder, { recursive: true });
  const taken = new Set<string>();
  for (const { id, name, file, width, height } of images) {
    const boxes = (found.get(id) ?? []).map(({ bbox, score, category_id }) => {
      const category = index.get(category_id)!;
      return { bbox, score, category, label: categories[category]!.name };
    });
    await drawDetections(file, { width, height }, boxes, join(folder, freeName(name, taken)));
  }
}

/** A file name without folders; of two equal ones the second gets a number. */
function freeName(name: string, taken: Set<string>): string {
  const base = name.split(/[\\/]/).at(-1)!;
  const stem = base.slice(0, base.length - extname(base).length);
  for (let count = 1; ; count++) {
    const own = `${stem}${count === 1 ? '' : `-${count}`}.png`;
    if (taken.has(own)) continue;
    taken.add(own);
    return own;
  }
}
