import { join } from 'node:path';
import type { CheckpointParameters } from '../../core/plan/stage';
import { RethinkError } from '../../contract';
import { describeParameters } from '../../learning/detector/architecture';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import { declaredFlops } from '../../learning/training/checkpoint/declared-cost';
import { hubSettings } from '../../learning/training/checkpoint/hub/connection';
import { fetchCheckpoint } from '../../learning/training/checkpoint/hub/fetch-file';
import { contentOf } from '../../learning/training/checkpoint/identity';
import { readCheckpoint } from '../../learning/training/checkpoint/read-checkpoint';
import { isCommit, parseSource } from '../../learning/training/checkpoint/source';
import { writeWeights } from '../../learning/training/weights-file';

/**
 * Takes over a backbone's weights that were made elsewhere, at the cost that their makers state.
 * @throws `CHECKPOINT_CHANGED`, `CHECKPOINT_UNRESOLVED`, and what fetching and reading throw
 */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'checkpoint') throw new TypeError(`not a checkpoint stage: ${stage.kind}`);
  const { source, layout, cost, detector: spec } = stage.parameters;
  const begun = performance.now();
  const file = await localFile(stage.parameters, services);
  const fetched = performance.now();
  const weights = await readCheckpoint({ file, layout, spec });
  await writeWeights(
    join(job.outputFolder, artifactFiles.weights),
    describeParameters(spec, []),
    weights,
    [],
  );
  services.logger.info('checkpoint taken over', { source, tensors: Object.keys(weights).length });
  const flops = declaredFlops(cost, spec);
  return {
    ledger: {
      flops,
      flopsByPhase: { declared: flops },
      unknownKernels: {},
      deviceSeconds: cost.deviceSeconds ?? 0,
      secondsByPhase: { fetch: (fetched - begun) / 1000, load: (performance.now() - fetched) / 1000 },
      imagesSeen: cost.imagesSeen ?? 0,
      declared: true,
      source: cost.source,
    },
    imageIds: {},
    summary: { tensors: Object.keys(weights).length, content: stage.parameters.content },
  };
}

/** Where the weights lie, with the content that the plan saw. */
async function localFile(
  { source, content, file }: CheckpointParameters,
  services: StageServices,
): Promise<string> {
  if (file !== undefined) {
    if ((await contentOf(file)) === content) return file;
    throw new RethinkError('CHECKPOINT_CHANGED', 'The weights have changed since the plan was made.', {
      location: { file },
      hint: 'Run again: the new content becomes a new stage.',
    });
  }
  const location = parseSource(content);
  if (location.type !== 'hub' || !isCommit(location.revision)) {
    throw new RethinkError(
      'CHECKPOINT_UNRESOLVED',
      `The commit of “${source}” could not be resolved when the plan was made.`,
      { hint: 'Run again with a network, name a commit, or fetch the file by hand and name its path.' },
    );
  }
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  return fetchCheckpoint(location, {
    settings: hubSettings(process.env, { signal: services.signal, logger: services.logger }),
    onBytes: (done, total) =>
      services.progress({ done: megabytes(done), total: megabytes(total), unit: 'megabyte' }),
  });
}
