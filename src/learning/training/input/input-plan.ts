import type { PluginKind } from '../../../contract';
import type { SharedImages } from '../../dataset/image-cache';
import type { SampleTable } from '../../dataset/sample-table';
import type { MatchingSettings } from '../../detector/matching';
import { sizeOf, type HostTensor } from '../../tensor/host-tensor';

/** A data set's part in a step. */
export interface InputPart {
  readonly type: 'detection' | 'classification' | 'contrastive';
  /** Samples of a step. */
  readonly images: number;
  /** Samples of each image. */
  readonly views: number;
  /** Labels count by their scores. */
  readonly soft?: boolean;
  /** Seeds the order and the augmentation. */
  readonly seed: string;
  readonly table: SampleTable;
  /** Index in the store of the table's first image. */
  readonly firstImage: number;
}

/** The plugin to be loaded by the thread that augments. */
export interface InputAugmentation {
  readonly kind: PluginKind;
  readonly name: string;
  /** Its entry file. */
  readonly entry: string;
  /** Parsed by its schema. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What decides the form of a step's inputs. */
export interface InputLayout {
  /** Side of the square input in pixels. */
  readonly size: number;
  /** How pixels become the network's input, for red, green, blue: (value / 255 − mean) / std. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** [N, 4] yMin, xMin, yMax, xMax */
  readonly anchors: Float32Array;
  readonly matching: MatchingSettings;
  /** In the order of the step's images. */
  readonly parts: readonly Pick<InputPart, 'type' | 'images' | 'soft'>[];
}

/** Everything that decides the inputs of any step; plain data and shared memory, so that it can be passed to a thread. */
export interface InputPlan extends InputLayout {
  readonly parts: readonly InputPart[];
  readonly store: SharedImages;
  readonly augmentation?: InputAugmentation;
}

/** `images` [B, size, size, 3] of all parts; of part i `classTargets.i` [b, N] and `boxTargets.i` [b, N, 4], with soft labels `scores.i` [b, N], or `labels.i` [b]. */
export type InputArrays = Readonly<Record<string, HostTensor>>;

/** Arrays for a step's inputs in memory that threads may share. */
export function createInputArrays({ parts, size, anchors }: InputLayout): InputArrays {
  const count = anchors.length / 4;
  const arrays: Record<string, HostTensor> = { images: floats([imagesOf(parts), size, size, 3]) };
  parts.forEach(({ type, images: imageCount, soft }, i) => {
    switch (type) {
      case 'detection':
        arrays[`classTargets.${i}`] = integers([imageCount, count]);
        arrays[`boxTargets.${i}`] = floats([imageCount, count, 4]);
        if (soft === true) arrays[`scores.${i}`] = floats([imageCount, count]);
        break;
      case 'classification':
        arrays[`labels.${i}`] = integers([imageCount]);
        break;
      case 'contrastive':
        break;
    }
  });
  return arrays;
}

/** Samples of a step. */
export function imagesOf(parts: InputLayout['parts']): number {
  return parts.reduce((sum, { images: imageCount }) => sum + imageCount, 0);
}

export function bytesOf(arrays: InputArrays): number {
  return Object.values(arrays).reduce((sum, { values }) => sum + values.byteLength, 0);
}

function floats(shape: readonly number[]): HostTensor {
  return { dtype: 'float32', shape, values: new Float32Array(new SharedArrayBuffer(4 * sizeOf(shape))) };
}

function integers(shape: readonly number[]): HostTensor {
  return { dtype: 'int32', shape, values: new Int32Array(new SharedArrayBuffer(4 * sizeOf(shape))) };
}
