import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { instantiatePlugin } from '../../../core/catalog/instantiate';
import { loadPluginClass } from '../../../core/catalog/load';
import { type AugmentationPlugin, type Logger, RethinkError } from '../../../contract';
import { type Batch, createBatches } from '../../dataset/batches';
import { ImageStore } from '../../dataset/image-cache';
import { createTableSource } from '../../dataset/table-source';
import type { AugmentationUse, InputArrays, InputPlan } from './input-plan';
import { scalingTables, writeDetectionTargets, writeImage } from './write-inputs';

/**
 * Fills the samples `first` … `end` − 1 of a step's inputs into the arrays.
 * @returns seconds that it took, waits for the decoder included
 */
export type FillInputs = (step: number, arrays: InputArrays, first: number, end: number) => Promise<number>;

/** @throws what the catalogue throws for a plugin that cannot be loaded */
export function loadAugmentation(
  { kind, name, entry, options }: AugmentationUse,
  logger: Logger,
): { name: string; plugin: AugmentationPlugin } {
  const location = { kind, name, folder: dirname(entry), entry };
  return {
    name,
    plugin: instantiatePlugin<AugmentationPlugin>(loadPluginClass(location), options, { logger }),
  };
}

export function createFiller(plan: InputPlan, logger: Logger): FillInputs {
  const { size, anchors, matching } = plan;
  const augmentation = plan.augmentation && loadAugmentation(plan.augmentation, logger);
  const store = new ImageStore(plan.store);
  const tables = scalingTables(plan.mean, plan.deviation);
  let offset = 0;
  const parts = plan.parts.map((part, index) => {
    const { images: imageCount, views, seed, table, firstImage } = part;
    const source = createTableSource(table, store, firstImage);
    const start = offset;
    offset += imageCount;
    return {
      ...part,
      index,
      start,
      batches: createBatches({ source, augmentation, size, batch: imageCount, views, seed }),
    };
  });
  return async (step, arrays, first, end) => {
    const begun = performance.now();
    for (const { index, start, images: imageCount, type, batches } of parts) {
      const from = Math.max(0, first - start);
      const to = Math.min(imageCount, end - start);
      if (from >= to) continue;
      const batch = await batches.make(step, from, to);
      const images = arrays['images']!.values as Float32Array;
      batch.samples.forEach(({ image }, i) => {
        writeImage(tables, image, size, images, (start + from + i) * size * size * 3);
      });
      if (type === 'detection') {
        writeDetectionTargets(
          batch.samples,
          anchors,
          matching,
          arrays[`classTargets.${index}`]!.values as Int32Array,
          arrays[`boxTargets.${index}`]!.values as Float32Array,
          from,
          arrays[`scores.${index}`]?.values as Float32Array | undefined,
        );
      } else if (type === 'classification') {
        arrays[`labels.${index}`]!.values.set(labelsOf(batch), from);
      }
    }
    return (performance.now() - begun) / 1000;
  };
}

function labelsOf({ samples, imageIds }: Batch): number[] {
  return samples.map(({ label }, i) => {
    if (label !== undefined) return label;
    throw new RethinkError('CLASS_MISSING', `Image ${imageIds[i]} has no class.`, {
      hint: 'A classification head wants data of the role `classification`: a folder for each class.',
    });
  });
}
