import { join } from 'node:path';
import { formatLocation, RethinkError } from '../../contract';
import { type Detections, readAnnotations, readDetections, type Truth } from '../../evaluation';
import type { RecordedDataset } from '../../core/plan/run-events';
import { artifactFiles } from '../../core/plan/stage-job';
import type { BenchmarkResults, TrialRecord } from '../../results/database/records';

/** Truth by annotation file: read once for all trials. */
export type Truths = Map<string, Truth | RethinkError>;

/** A scored trial's detections with the truth that they were scored on, or why they can't be shown. */
export type TrialDetections =
  | {
      readonly truth: Truth;
      readonly detections: Detections;
      readonly location: RecordedDataset;
      readonly missing?: undefined;
    }
  | { readonly missing: string };

/** @returns `undefined` for a trial without a result */
export function readTrialDetections(
  benchmark: BenchmarkResults,
  { detectKey, metrics }: TrialRecord,
  artifactFolder: (key: string) => string,
  truths: Truths,
): TrialDetections | undefined {
  const detect = benchmark.stages.find((stage) => stage.key === detectKey);
  if (detect?.status !== 'done' || metrics === undefined) return undefined;
  const digest = (detect.parameters as { images?: { datasetDigest?: string } } | null)?.images?.datasetDigest;
  const location = benchmark.datasets[digest ?? ''];
  const truth = location === undefined ? undefined : readTruth(location.annotations, truths);
  if (location === undefined || truth === undefined) {
    return { missing: 'The location of the validation images is not recorded.' };
  }
  if (truth instanceof RethinkError) {
    return { missing: `The validation data can’t be read: ${describeError(truth)}` };
  }
  try {
    const file = join(artifactFolder(detect.key), artifactFiles.detections);
    return { truth, location, detections: readDetections(file, truth) };
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    return { missing: `The detections can’t be read: ${describeError(error)}` };
  }
}

export function readTruth(file: string | undefined, truths: Truths): Truth | RethinkError | undefined {
  if (file === undefined) return undefined;
  let truth = truths.get(file);
  if (truth === undefined) {
    try {
      truth = readAnnotations(file);
    } catch (error) {
      if (!(error instanceof RethinkError)) throw error;
      truth = error;
    }
    truths.set(file, truth);
  }
  return truth;
}

function describeError({ message, location }: RethinkError): string {
  return location === undefined ? message : `${message} (${formatLocation(location)})`;
}
