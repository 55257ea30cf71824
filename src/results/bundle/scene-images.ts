import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../core/json/canonical-json';
import { datasetSpec } from '../../core/plan/dataset-spec';
import { generateValidationScenes, sceneFiles, scenesFolder } from '../../learning/dataset/scenes/generate';
import type { Bundle } from './read-bundle';
import { Workspace } from '../../core/artifact/workspace';

export interface SceneImagesOptions {
  /** Whether images that are not there are generated. */
  readonly generate?: boolean;
}

/**
 * Where the validation images of a bundle's generated scenes lie in a workspace, by the data set's digest: there where
 * this machine has generated the same scenes, and their annotations are the bundle's.
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
  const own = annotationsText(JSON.parse(readFileSync(annotations, 'utf8')));
  return Object.fromEntries(
    Object.keys(bundle.results.datasets).flatMap((digest) => {
      const truth = bundle.truth(digest);
      return truth !== undefined && annotationsText(truth) === own
        ? [[digest, join(folder, sceneFiles.val.images)]]
        : [];
    }),
  );
}

function annotationsText(value: unknown): string {
  const { images, annotations } = value as {
    images: { id: number; file_name: string }[];
    annotations: object[];
  };
  const boxes = (annotations as { image_id: number; category_id: number; bbox: number[] }[]).map(
    ({ image_id, category_id, bbox }) => [image_id, category_id, bbox],
  );
  return canonicalJson([images.map(({ id, file_name }) => [id, file_name]), boxes]);
}
