import { z } from 'zod';
import type { CocoDetection } from '../../evaluation';
import { type DetectorSpec, detectorSpec } from '../../core/plan/detector-spec';
import { decodeImage } from '../../learning/dataset/decode';
import { type SampleEntry } from '../../learning/dataset';
import { sampleOf } from '../../learning/dataset/sample-source';
import { type BackendName, useBackend } from '../../learning/tensor';
import { detectImages } from '../../learning/training/inference';
import { loadNetwork } from '../../learning/training/load-network';
import type { TrainedHead } from '../../learning/training/weights-file';
import { cocoDetections } from '../stages/coco';
import type { ListedImage } from './image-list';

/** How a detect stage records its detector. */
export const detectParameters = z.looseObject({
  detector: detectorSpec,
  head: z.string(),
  from: z.string(),
});

/** A trained detector. */
export interface TrainedDetectorFile {
  /** Safetensors as a training stage leaves them. */
  readonly weights: string;
  readonly spec: DetectorSpec;
  readonly head: string;
}

export interface Prediction {
  readonly categories: TrainedHead['labels'];
  /** Boxes are [x, y, width, height] in pixels of the image. */
  readonly detections: readonly CocoDetection[];
  readonly images: readonly (ListedImage & { readonly width: number; readonly height: number })[];
}

/**
 * Detects objects in images, as a detect stage does.
 *
 * @param threshold minimum score, by default the detector's own
 * @throws RethinkError as `loadNetwork` and `useBackend` do
 */
export async function predict(
  { weights: file, spec, head: headName }: TrainedDetectorFile,
  images: readonly ListedImage[],
  options: {
    readonly backend: BackendName;
    readonly threshold?: number;
    readonly onImages?: (done: number) => void;
  },
): Promise<Prediction> {
  const { backend, threshold = 0, onImages } = options;
  await useBackend(backend);
  const { weights, head } = await loadNetwork(file, spec, headName);
  const entry = (index: number): SampleEntry => ({ ...images[index]!, objects: [] });
  const source = {
    length: images.length,
    categories: head.labels,
    imageId: (index: number) => images[index]!.id,
    entry,
    load: async (index: number) => {
      const { file: image, stated } = images[index]!;
      return sampleOf(entry(index), await decodeImage(image, stated));
    },
  };
  const result = await detectImages({ spec, head, weights, source, onImages });
  return {
    categories: head.labels,
    images: result.images.map(({ width, height }, index) => ({ ...images[index]!, width, height })),
    detections: cocoDetections(result.images, head).filter(({ score }) => score >= threshold),
  };
}
