import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { writeFileAtomically } from '../artifact/durable';
import { buildPlan } from '../benchmark/build-plan';
import { checkpointIdentities } from '../benchmark/checkpoints';
import { readBenchmark } from '../benchmark/read';
import { parseSelection } from '../benchmark/selectors';
import { Catalog } from '../catalog/catalog';
import { createRandom, type CustomStageContext, type NamedArrays, RethinkError } from '../contract';
import { readSafetensors, writeSafetensors } from '../training/safetensors';
import { declaredByPlugin } from '../cost/ledger';
import { artifactFiles, type StageJob, type StageOutcome, type StageServices } from './stage-services';

/** What it takes to plan one trial again; plain JSON, in `StageJob.custom`. */
export const replanSchema = z.strictObject({
  file: z.string(),
  seeds: z.number().optional(),
  trial: z.string(),
  data: z.record(
    z.string(),
    z.strictObject({ digest: z.string(), size: z.number(), categories: z.number() }),
  ),
  engine: z.strictObject({
    backend: z.enum(['tensorflow', 'webgpu', 'cpu']),
    version: z.string(),
    precision: z.literal('float32'),
    threads: z.number(),
  }),
  roots: z.array(z.string()),
  checkpoints: checkpointIdentities.optional(),
});
export type Replan = z.infer<typeof replanSchema>;

const jsonName = /^[a-z0-9][a-z0-9-]*$/;

/**
 * Runs a stage that a plugin brought. Its code is a closure of the plugin's `plan()`, which no message can carry; so the
 * trial is planned again here, and the closure is found by the stage key.
 *
 * @throws RethinkError `CUSTOM_STAGE_LOST` when planning again gives other stages: the plugin does not plan the same way twice
 */
export async function runCustom(job: StageJob, services: StageServices): Promise<StageOutcome> {
  if (job.stage.kind !== 'custom') throw new TypeError(`not a custom stage: ${job.stage.kind}`);
  const { plugin, name } = job.stage.parameters;
  const run = findRun(job, services);
  const weights: Record<string, NamedArrays> = {};
  for (const [input, folder] of Object.entries(job.inputFolders)) {
    weights[input] = (await readSafetensors(join(folder, artifactFiles.weights))).tensors;
  }
  let declaredFlops: number | undefined;
  const context: CustomStageContext = {
    weights,
    random: createRandom(`${job.stage.seed}/${plugin.name}/${name}`),
    logger: services.logger,
    signal: services.signal,
    progress: (done, total) => services.progress({ done, total, unit: 'part' }),
    declareFlops: (count) => {
      if (!(Number.isFinite(count) && count >= 0)) {
        throw new RethinkError('CUSTOM_FLOPS', `${count} is no number of floating-point operations`);
      }
      declaredFlops = (declaredFlops ?? 0) + count;
    },
    write: {
      weights: (arrays) => writeSafetensors(join(job.outputFolder, artifactFiles.weights), arrays),
      json: (file, value) => {
        if (!jsonName.test(file))
          throw new RethinkError('CUSTOM_FILE_NAME', `"${file}" is no name for a result`, {
            hint: 'lower case letters, digits and "-"',
          });
        return writeFileAtomically(
          join(job.outputFolder, `plugin-${file}.json`),
          `${JSON.stringify(value)}\n`,
        );
      },
    },
  };
  const start = performance.now();
  await run(context);
  const seconds = (performance.now() - start) / 1000;
  return {
    ledger: {
      flops: declaredFlops ?? 0,
      flopsByPhase: declaredFlops === undefined ? {} : { [declaredByPlugin]: declaredFlops },
      // The host does not see what the plugin computes with; the pages say so instead of showing nothing.
      unknownKernels: declaredFlops === undefined ? { [`${plugin.kind}/${plugin.name}: ${name}`]: 1 } : {},
      deviceSeconds: seconds,
      secondsByPhase: { custom: seconds },
      imagesSeen: 0,
    },
    imageIds: {},
    summary: {},
  };
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
    throw new RethinkError('CUSTOM_STAGE_LOST', 'planned again, the trial has other stages than before', {
      hint: 'a plan may depend on nothing but its context and options; was a plugin edited during the run?',
    });
  }
  return run;
}
