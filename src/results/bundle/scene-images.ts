import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../core/json/canonical-json';
import { readAnnotations, type Truth } from '../../evaluation';
import { datasetSpec } from '../../core/plan/dataset-spec';
import { generateValidationScenes, sceneFiles, scenesFolder } from '../../learning/dataset/scenes/generate';
import type { Bundle } from './read-bundle';
import { Workspace } from '../../core/artifact/workspace';

export interface SceneImagesOptions {
  /** Whether images that are not there are generated. */
  readonly generate?: boolean;
}

/**
 * Folders of the validation images of a bundle's generated scenes, by the data set's digest, where this machine has
 * generated the same scenes, with the bundle's annotations.
 */
export async function imagesOfScenes(
  bundle: Bundle,
  workspace: string,
  { generate = false }: SceneImagesOptions = {},
): Promise<Record<string, string>> {
  const { dataset } = bundle.results.benchmark.resolved as { dataset?: unknown };
  const spec = datasetSpec.safeParse(dataset);
  if (!spec.success || spec.data.scenes === undefined) return {};
  const parent = new Workspace(workspace).datasets;
  const folder = generate
    ? await generateValidationScenes(spec.data.scenes, parent)
    : await scenesFolder(spec.data.scenes, parent);
  const annotations = join(folder, sceneFiles.val.annotations);
  if (!existsSync(annotations)) return {};
  const own = digestOfTruth(readAnnotations(annotations));
  return Object.fromEntries(
    Object.keys(bundle.results.datasets).flatMap((digest) => {
      const truth = bundle.truth(digest);
      return truth !== undefined && digestOfTruth(truth) === own
        ? [[digest, join(folder, sceneFiles.val.images)]]
        : [];
    }),
  );
}

function digestOfTruth({ images, image, category, box }: Truth): string {
  const names = images.map(({ id, file_name }) => [id, file_name]);
  return digestOf([names, ...[image, category, box].map((column) => [...column])]);
}
