import {
  type DetectionAgreement,
  agreements,
  chooseImages,
  IMAGE_IOU,
  IMAGE_SCORE,
} from '../images/agreement';
import type { ImageFiles } from '../images/image-files';
import { captionOf, overlay } from '../images/overlay';
import type { TrialDetections } from '../model/trial-detections';

export interface TrialImagesInput {
  readonly images: ImageFiles;
  /** Address of the images' folder, seen from the page. */
  readonly imagesHref: string;
  /** What the trial detected; absent where it has no result. */
  readonly shown?: TrialDetections;
}

/** Detections of a trial on some validation images, beside the ground truth. */
export async function trialImages({ shown, images: store, imagesHref }: TrialImagesInput) {
  if (shown === undefined || shown.missing !== undefined) return shown;
  const { truth, detections, location } = shown;
  const categories = truth.categories.map(({ id, name }) => name ?? String(id));
  const drawn = async (agreement: DetectionAgreement) => {
    const image = truth.images[agreement.image]!;
    const name = image.file_name ?? `image ${image.id}`;
    const stored = await store.store(location.images, name);
    const caption = captionOf(agreement);
    if (!stored.ok || !image.width || !image.height) {
      return { name, caption, missing: stored.ok ? 'its size is not known' : stored.reason };
    }
    const { width, height } = image;
    const href = `${imagesHref}${stored.file}`;
    return { name, caption, svg: overlay(agreement, { width, height, href, categories, name }) };
  };
  const all = async (list: readonly DetectionAgreement[]) => {
    const figures: Awaited<ReturnType<typeof drawn>>[] = [];
    for (const agreement of list) figures.push(await drawn(agreement));
    return figures;
  };
  const chosen = chooseImages(agreements(truth, detections));
  return {
    threshold: IMAGE_SCORE.toFixed(1),
    iou: IMAGE_IOU.toFixed(1),
    groups: [
      { name: 'The same images for every trial', images: await all(chosen.same) },
      { name: 'Best', images: await all(chosen.best) },
      { name: 'Worst', images: await all(chosen.worst) },
    ].filter((group) => group.images.length > 0),
  };
}
