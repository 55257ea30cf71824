/**
 * Trains one detector outside of any benchmark and scores it: for tuning recipes and looking at step times.
 *
 * node --require ./src/register.cjs scripts/try-training.ts settings.yaml [--out folder]
 *
 * `settings.yaml` holds `dataset`, `detector`, `schedule` and, where wanted, `augmentation: { name, options }`,
 * `seed`, `from` (weights), `fraction`, `head: classification`, `backend`, `threads`. Data are kept in `--out`.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import type { PlannedStage, StageWork } from '../src/core/plan/stage';
import { loadPluginClass } from '../src/core/catalog/load';
import { parseOptions } from '../src/core/catalog/instantiate';
import { datasetSpec, prepareDatasets } from '../src/learning/dataset/prepare';
import { detectorSpec } from '../src/core/plan/detector-spec';
import { evaluateFiles } from '../src/evaluation';
import { artifactFiles, type StageJob } from '../src/core/plan/stage-job';
import { run as runDetect } from '../src/host/stages/run-detect';
import { run as runTrain } from '../src/host/stages/run-train';
import { scheduleSpec } from '../src/core/plan/schedule';

const settingsSchema = z.strictObject({
  dataset: datasetSpec,
  detector: detectorSpec,
  schedule: scheduleSpec,
  augmentation: z
    .strictObject({ name: z.string(), options: z.record(z.string(), z.unknown()).default({}) })
    .optional(),
  fraction: z.number().default(1),
  seed: z.int().default(1),
  head: z.enum(['detection', 'classification']).default('detection'),
  from: z.string().optional(),
  backend: z.enum(['tensorflow', 'webgpu', 'cpu']).default('tensorflow'),
  threads: z.int().default(1),
});

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: '/tmp/try-training' }, set: { type: 'string', multiple: true } },
});

function say(text: string): void {
  console.log(text);
}

async function main(): Promise<void> {
  const document = parse(readFileSync(positionals[0]!, 'utf8')) as Record<string, unknown>;
  for (const assignment of values.set ?? []) assign(document, assignment);
  const settings = settingsSchema.parse(document);
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const prepared = await prepareDatasets(settings.dataset, out, { baseFolder: process.cwd() });
  const role = settings.head === 'detection' ? 'labelled' : 'classification';
  const data = prepared[role]!;
  const select = (kind: 'labelled' | 'classification' | 'validation') => ({
    role: kind,
    datasetDigest: '',
    fraction: kind === 'validation' ? 1 : settings.fraction,
    splitSeed: 0,
  });
  const plugin = settings.augmentation && augmentation(settings.augmentation);
  const job = (work: StageWork, folder: string, inputs: Record<string, string>): StageJob => {
    const outputFolder = join(out, folder);
    const resumeFolder = join(out, `${folder}-resume`);
    for (const path of [outputFolder, resumeFolder]) {
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path, { recursive: true });
    }
    const stage: PlannedStage = {
      ...work,
      key: folder,
      label: folder,
      seed: settings.seed,
      inputs: {},
    };
    return {
      stage,
      inputFolders: inputs,
      datasets: { [role]: data.location, validation: prepared.validation.location },
      pluginEntries: plugin === undefined ? {} : { [`augmentation/${plugin.use.name}`]: plugin.entry },
      backend: settings.backend,
      threads: settings.threads,
      outputFolder,
      resumeFolder,
    };
  };
  const quiet = {
    logger: { debug: () => undefined, info: () => undefined, warn: say },
    signal: new AbortController().signal,
    progress: () => undefined,
  };
  const head = { name: 'main', type: settings.head, categories: data.categories.length } as const;
  const trained = job(
    {
      kind: 'train',
      parameters: {
        detector: settings.detector,
        schedule: settings.schedule,
        data: [{ selection: select(role), head, share: 1, weight: 1 }],
        augmentation: plugin?.use,
        from: settings.from === undefined ? undefined : 'from',
      },
    },
    'train',
    settings.from === undefined ? {} : { from: resolve(settings.from) },
  );
  const begun = performance.now();
  const { ledger, summary } = await runTrain(trained, quiet);
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage();
  say(`processor seconds so far: ${((user + system) / 1e6).toFixed(1)}`);
  say(JSON.stringify({ seconds, ...summary, flops: ledger.flops, ...ledger.secondsByPhase }));
  if (Object.keys(ledger.unknownKernels).length > 0) say(JSON.stringify(ledger.unknownKernels));
  const curve = JSON.parse(readFileSync(join(trained.outputFolder, artifactFiles.curve), 'utf8')) as object[];
  for (let i = 0; i < curve.length; i += Math.ceil(curve.length / 8)) say(JSON.stringify(curve[i]));
  if (settings.head === 'classification') return;
  const detected = job(
    {
      kind: 'detect',
      parameters: {
        detector: settings.detector,
        images: select('validation'),
        head: 'main',
        from: 'detector',
      },
    },
    'detect',
    { detector: trained.outputFolder },
  );
  const outcome = await runDetect(detected, quiet);
  say(JSON.stringify({ ...outcome.summary, ...outcome.ledger.secondsByPhase }));
  const { stats } = evaluateFiles({
    annotations: prepared.validation.location.annotations!,
    detections: join(detected.outputFolder, artifactFiles.detections),
  });
  say(
    `AP ${(100 * stats.AP!).toFixed(1)} AP50 ${(100 * stats.AP50!).toFixed(1)} AP75 ${(100 * stats.AP75!).toFixed(1)}`,
  );
}

function augmentation({ name, options }: { name: string; options: Record<string, unknown> }) {
  const folder = resolve('plugins/augmentation', name);
  const entry = join(folder, 'index.ts');
  const plugin = loadPluginClass({ kind: 'augmentation', name, folder, entry });
  return {
    entry,
    use: {
      kind: 'augmentation' as const,
      name,
      options: parseOptions(plugin, options, 'augmentation.options'),
      codeDigest: '',
    },
  };
}

/** `schedule.steps=300` */
function assign(document: Record<string, unknown>, assignment: string): void {
  const [path, value] = assignment.split('=') as [string, string];
  const keys = path.split('.');
  let target = document;
  for (const key of keys.slice(0, -1)) target = (target[key] ??= {}) as Record<string, unknown>;
  target[keys.at(-1)!] = parse(value);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
