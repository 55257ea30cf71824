import { type StoredResamples } from '../../evaluation';
import type { TrialCheckpoint } from '../../results/database/records';
import { readResamples } from '../../statistics/bootstrap/stored-resamples';
import { readMetrics } from '../../evaluation/metrics-file';

/**
 * AP of points on resampled validation images, from what is recorded or from their artifacts. Nothing where an artifact is
 * gone or of an earlier version, or was scored on other images than the first one that was asked for: its draws are not the same.
 *
 * @param artifactFolder folder of a stage key's artifact
 */
export function pointReplicates(
  artifactFolder: (key: string) => string,
): (point: TrialCheckpoint) => ArrayLike<number> | undefined {
  const known = new Map<string, Float64Array | undefined>();
  let images: string | undefined;
  const stored = (key: string): StoredResamples | undefined => {
    try {
      return readMetrics(artifactFolder(key)).resamples;
    } catch {
      return undefined;
    }
  };
  const read = ({ evaluateKey, resamples: recorded }: TrialCheckpoint): Float64Array | undefined => {
    const resamples = readResamples(recorded ?? stored(evaluateKey));
    images ??= resamples?.images;
    if (resamples === undefined || resamples.images !== images) return undefined;
    const AP = resamples.scores('AP');
    return AP.some(Number.isNaN) ? undefined : AP;
  };
  return (point) => {
    const { evaluateKey } = point;
    if (!known.has(evaluateKey)) known.set(evaluateKey, read(point));
    return known.get(evaluateKey);
  };
}
