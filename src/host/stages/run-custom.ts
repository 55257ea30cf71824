import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { buildPlan } from '../planning/build-plan';
import { replanSchema } from '../planning/replan';
import { readBenchmark } from '../benchmark/read';
import { parseSelection } from '../benchmark/selectors';
import { RESERVED } from '../../core/plan/stage';
import { Catalog } from '../../core/catalog/catalog';
import { createRandom, type CustomStageContext, type NamedArrays, RethinkError } from '../../contract';
import { writeSafetensors } from '../../learning/tensor/safetensors';
import type { StageTools } from './stage-tools';
import { readWeights, type TrainedHead } from '../../learning/training/weights-file';
import { declaredByPlugin } from '../../core/plan/ledger';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';

const jsonName = /^[a-z0-9][a-z0-9-]*$/;

/**
 * Runs a stage that a plugin brought. Its code is a closure of the plugin's `plan()`, which no message can carry; so the
 * trial is planned again here, and the closure is found by the stage key.
 *
 * @throws RethinkError `CUSTOM_STAGE_LOST` when planning again gives different stages: the plan is not deterministic
 */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  if (job.stage.kind !== 'custom') throw new TypeError(`not a custom stage: ${job.stage.kind}`);
  const { plugin, name } = job.stage.parameters;
  const run = findRun(job, services);
  const weights: Record<string, NamedArrays> = {};
  const heads = new Map<string, TrainedHead>();
  for (const [input, folder] of Object.entries(job.inputFolders)) {
    // Pseudo-labels hold no weights; those of the trainer are read by it.
    if (input.startsWith(RESERVED)) continue;
    const file = await readWeights(join(folder, artifactFiles.weights));
    weights[input] = file.tensors;
    for (const head of file.heads) heads.set(head.name, head);
  }
  const tools = await openTools(job, services);
  if (tools?.trainer !== undefined) heads.set(tools.trainer.head.name, tools.trainer.head);
  let declaredFlops: number | undefined;
  const context: CustomStageContext = {
    weights,
    data: tools?.data ?? {},
    trainer: tools?.trainer,
    random: createRandom(`${job.stage.seed}/${plugin.name}/${name}`),
    logger: services.logger,
    signal: services.signal,
    progress: (done, total) => services.progress({ done, total, unit: 'part' }),
    declareFlops: (count) => {
      if (!(Number.isFinite(count) && count >= 0)) {
        throw new RethinkError(
          'CUSTOM_FLOPS',
          `${count} is not a valid number of floating-point operations.`,
        );
      }
      declaredFlops = (declaredFlops ?? 0) + count;
    },
    write: {
      weights: (arrays) => writeCustomWeights(job, arrays, [...heads.values()]),
      json: (file, value) => {
        if (!jsonName.test(file))
          throw new RethinkError('CUSTOM_FILE_NAME', `"${file}" is not a valid name of a result.`, {
            hint: 'Use lower-case letters, digits and "-".',
          });
        return writeFileAtomically(
          join(job.outputFolder, `plugin-${file}.json`),
          `${JSON.stringify(value)}\n`,
        );
      },
    },
  };
  const start = performance.now();
  try {
    await run(context);
  } finally {
    tools?.trainer?.dispose();
  }
  const seconds = (performance.now() - start) / 1000;
  return outcomeOf(`${plugin.kind}/${plugin.name}: ${name}`, tools, declaredFlops, seconds);
}

function outcomeOf(
  label: string,
  tools: StageTools | undefined,
  declaredFlops: number | undefined,
  seconds: number,
): StageOutcome {
  const cost = tools?.trainer?.cost;
  const resumedSeconds = tools?.trainer?.resumedSeconds ?? 0;
  // The host does not see what a plugin computes by itself; the pages say so instead of showing nothing.
  const unknown = declaredFlops === undefined && cost === undefined;
  return {
    ledger: {
      flops: (declaredFlops ?? 0) + (cost?.flops ?? 0),
      flopsByPhase: {
        ...cost?.flopsByPhase,
        ...(declaredFlops !== undefined && { [declaredByPlugin]: declaredFlops }),
      },
      unknownKernels: {
        ...Object.fromEntries((cost?.unknownKernels ?? []).map((kernel) => [kernel, 1])),
        ...(unknown && { [label]: 1 }),
      },
      deviceSeconds: cost?.deviceSeconds ?? seconds,
      secondsByPhase: cost === undefined ? { custom: seconds } : phasesOf(cost, seconds + resumedSeconds),
      imagesSeen: cost?.imagesSeen ?? 0,
    },
    imageIds: tools?.imageIds ?? {},
    summary: {},
    ...(resumedSeconds > 0 && { resumedSeconds }),
  };
}

function phasesOf({ deviceSeconds }: { deviceSeconds: number }, seconds: number): Record<string, number> {
  return { compute: deviceSeconds, custom: Math.max(0, seconds - deviceSeconds) };
}

/** Heads of which the arrays have tensors: a detector stays one. */
function writeCustomWeights(
  job: StageJob,
  arrays: NamedArrays,
  heads: readonly TrainedHead[],
): Promise<void> {
  const names = Object.keys(arrays);
  const kept = heads.filter(({ name }) => names.some((tensor) => tensor.startsWith(`head.${name}.`)));
  return writeSafetensors(
    join(job.outputFolder, artifactFiles.weights),
    arrays,
    kept.length === 0 ? {} : { format: 'rethink-bench', heads: JSON.stringify(kept) },
  );
}

/** Opened only for stages that ask for images or a trainer: a tensor engine takes its time to load. */
function openTools(job: StageJob, services: StageServices): Promise<StageTools | undefined> {
  if (job.stage.kind !== 'custom') return Promise.resolve(undefined);
  const { data, trainer } = job.stage.parameters;
  if (data === undefined && trainer === undefined) return Promise.resolve(undefined);
  const { openStageTools } = require('./stage-tools') as typeof import('./stage-tools');
  return openStageTools(job, services);
}

function findRun(job: StageJob, services: StageServices) {
  const replan = replanSchema.parse(job.custom);
  const { file, benchmark } = readBenchmark(replan.file, replan.seeds);
  const { customRuns } = buildPlan({
    file,
    benchmark,
    selection: parseSelection([replan.trial]),
    data: replan.data,
    engine: replan.engine,
    checkpoints: replan.checkpoints,
    catalog: new Catalog(replan.roots),
    logger: services.logger,
  });
  const run = customRuns.get(job.stage.key);
  if (run === undefined) {
    throw new RethinkError('CUSTOM_STAGE_LOST', 'Planning the trial again gave different stages.', {
      hint: 'A plan may depend only on its context and options. Was a plugin edited during the run?',
    });
  }
  return run;
}
