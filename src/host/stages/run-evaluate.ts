import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { RethinkError } from '../../contract';
import {
  describeEvaluation,
  evaluate,
  storedAnalyses,
  readAnnotations,
  readDetections,
} from '../../evaluation';
import { imageIntervals } from '../../statistics/bootstrap/score-intervals';
import { storeResamples } from '../../statistics/bootstrap/stored-resamples';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import { writeMetrics } from '../../evaluation/metrics-file';

/**
 * Scores detections against the validation data: the evaluator's twelve numbers, each category, the tie band, their
 * intervals, the APs of resampled images, error types, confusions and calibration, into `metrics.json`.
 *
 * @throws RethinkError with the location where ground truth or detections are malformed
 */
export function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  if (job.stage.kind !== 'evaluate') throw new TypeError(`not an evaluate stage: ${job.stage.kind}`);
  const { truth: selection, detections: input } = job.stage.parameters;
  const location = job.datasets[selection.role];
  const folder = job.inputFolders[input];
  if (location?.annotations === undefined) {
    throw new RethinkError('EVALUATE_NO_TRUTH', `The ${selection.role} data have no annotation file.`);
  }
  if (folder === undefined) throw new TypeError(`the stage has no input "${input}"`);
  if (selection.fraction !== 1) {
    throw new RethinkError('EVALUATE_FRACTION', 'Evaluation requires the full validation set.');
  }

  const start = performance.now();
  const truth = readAnnotations(location.annotations);
  const detections = readDetections(join(folder, artifactFiles.detections), truth);
  const read = performance.now();
  const evaluation = evaluate(truth, detections);
  const { intervals, resampled } = imageIntervals(evaluation);
  const report = {
    ...describeEvaluation(truth, detections, evaluation),
    ...storedAnalyses(truth, detections, evaluation),
    intervals,
    resamples: storeResamples(evaluation.records.imageIds, resampled),
  };
  writeMetrics(job.outputFolder, report);
  for (const { code, message, count } of report.warnings) services.logger.warn(message, { code, count });
  services.progress({ done: truth.images.length, total: truth.images.length, unit: 'image' });

  const summary: Record<string, number> = { detections: detections.count };
  for (const [name, value] of Object.entries(report.stats)) {
    // An empty slice (no small objects, say) has no number; it is absent rather than 0 or −1.
    if (value !== null) summary[name] = value;
  }
  return Promise.resolve({
    ledger: {
      flops: 0,
      flopsByPhase: {},
      unknownKernels: {},
      deviceSeconds: 0,
      secondsByPhase: { data: (read - start) / 1000, compute: (performance.now() - read) / 1000 },
      imagesSeen: 0,
    },
    imageIds: { [selection.role]: truth.images.map(({ id }) => id) },
    summary,
  });
}
