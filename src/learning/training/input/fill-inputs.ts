import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { instantiatePlugin } from '../../../core/catalog/instantiate';
import { loadPluginClass } from '../../../core/catalog/load';
import { type AugmentationPlugin, type Logger, RethinkError } from '../../../contract';
import { type Batch, createBatches } from '../../dataset/batches';
import { ImageCache } from '../../dataset/image-cache';
import { createTableSource } from '../../dataset/table-source';
import { type InputAugmentation, imagesOf, type InputArrays, type InputPlan } from './input-plan';
import { createSampleWriter } from './write-inputs';

/**
 * Writes the samples `first` … `end` − 1 of a step's inputs into the arrays.
 * @returns seconds that it took, waits for the decoder included
 */
export type FillInputs = (step: number, arrays: InputArrays, first: number, end: number) => Promise<number>;

/** @throws what the catalogue throws for a plugin that cannot be loaded */
export function loadAugmentation(
  { kind, name, entry, options }: InputAugmentation,
  logger: Logger,
): { name: string; plugin: AugmentationPlugin } {
  const location = { kind, name, folder: dirname(entry), entry };
  return {
    name,
    plugin: instantiatePlugin<AugmentationPlugin>(loadPluginClass(location), options, { logger }),
  };
}

export function createFiller(plan: InputPlan, logger: Logger): FillInputs {
  const { size } = plan;
  const augmentation = plan.augmentation && loadAugmentation(plan.augmentation, logger);
  const store = new ImageCache(plan.store);
  const write = createSampleWriter(plan);
  const parts = plan.parts.map((part, index) => {
    const { images: imageCount, views, seed, table, firstImage } = part;
    const source = createTableSource(table, store, firstImage);
    return {
      ...part,
      start: imagesOf(plan.parts.slice(0, index)),
      batches: createBatches({ source, augmentation, size, batch: imageCount, views, seed }),
    };
  });
  return async (step, arrays, first, end) => {
    const startMs = performance.now();
    for (const [index, { start, images: imageCount, type, batches }] of parts.entries()) {
      const from = Math.max(0, first - start);
      const to = Math.min(imageCount, end - start);
      if (from >= to) continue;
      const batch = await batches.make(step, from, to);
      write(arrays, index, batch.samples, from);
      if (type === 'classification') arrays[`labels.${index}`]!.values.set(labelsOf(batch), from);
    }
    return (performance.now() - startMs) / 1000;
  };
}

function labelsOf({ samples, imageIds }: Batch): number[] {
  return samples.map(({ label }, i) => {
    if (label !== undefined) return label;
    throw new RethinkError('CLASS_MISSING', `Image ${imageIds[i]} has no class.`, {
      hint: 'A classification head requires data of the role `classification`: a folder for each class.',
    });
  });
}
