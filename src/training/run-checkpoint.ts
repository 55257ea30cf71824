import { join } from 'node:path';
import { RethinkError } from '../contract';
import { describeParameters } from '../detector/network';
import {
  artifactFiles,
  type StageJob,
  type StageOutcome,
  type StageServices,
} from '../execution/stage-services';
import { readCheckpoint } from './checkpoint/read-checkpoint';
import { writeWeights } from './weights-file';

/** Takes over a backbone's weights that were made elsewhere, at the cost that their makers state. */
export async function runCheckpoint(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'checkpoint') throw new TypeError(`not a checkpoint stage: ${stage.kind}`);
  const { source, layout, cost, detector: spec } = stage.parameters;
  if (/^[a-z]+:(?!\\)/.test(source)) {
    throw new RethinkError('CHECKPOINT_SOURCE', `Checkpoints are not fetched from “${source}” yet.`, {
      hint: 'Fetch the file by hand and name its path.',
    });
  }
  const begun = performance.now();
  const weights = await readCheckpoint({ file: source, layout, spec });
  await writeWeights(
    join(job.outputFolder, artifactFiles.weights),
    describeParameters(spec, []),
    weights,
    [],
  );
  services.logger.info('checkpoint taken over', { source, tensors: Object.keys(weights).length });
  return {
    ledger: {
      flops: cost.flops,
      flopsByPhase: { declared: cost.flops },
      unknownKernels: {},
      deviceSeconds: 0,
      secondsByPhase: { load: (performance.now() - begun) / 1000 },
      imagesSeen: 0,
    },
    imageIds: {},
    summary: { tensors: Object.keys(weights).length, declaredCost: cost.source },
  };
}
