import { describe, expect, it } from 'vitest';
import { generateAnchors } from './anchors';
import { decodeBoxes } from './box-coder';
import { decodeDetections } from './decoding';
import { detectorSpec } from '../../core/plan/detector-spec';
import { expectClose, fixtureFolder, readFixture } from './fixtures.test-helper';
import { referenceGrid } from './reference-grid.test-helper';

interface Variant {
  preNmsNumBoxes: number;
  nmsIouThreshold: number;
  scoreThreshold: number;
  maxTotalSize: number;
  numDetections: number[];
}

interface Detections {
  cases: {
    name: string;
    height: number;
    width: number;
    numClasses: number;
    images: string[];
    variants: Record<string, Variant>;
  }[];
}

const folder = fixtureFolder('retinanet');
const spec = detectorSpec.parse({ backbone: { type: 'plain' } });

describe.skipIf(folder === undefined)('detections of the reference code', () => {
  const fixture = folder === undefined ? undefined : readFixture<Detections>(folder, 'detections');
  const cases = (fixture?.description.cases ?? []).flatMap((entry) =>
    entry.images.map((image, index) => ({ ...entry, image, index })),
  );

  it.each(cases)('$name: $image', ({ name, height, width, numClasses, index, variants }) => {
    const anchors = generateAnchors(spec, referenceGrid(spec, height, width));
    const rowsOf = (key: string, length: number) =>
      fixture!.floats(`${name}/${key}`).subarray(index * length, (index + 1) * length);
    const boxCodes = rowsOf('boxOutputs', anchors.length);
    const [shapeHeight, shapeWidth] = rowsOf('imageShape', 2);
    const imageShape = { height: shapeHeight!, width: shapeWidth! };
    expectClose(decodeBoxes(anchors, boxCodes, imageShape), rowsOf('decodedBoxes', anchors.length), {
      absolute: 1e-3,
    });

    const logits = rowsOf('logits', (anchors.length / 4) * numClasses);
    for (const [variantName, variant] of Object.entries(variants)) {
      const found = decodeDetections(
        { anchors, logits, boxCodes, imageShape },
        {
          ...spec.inference,
          scoreThreshold: variant.scoreThreshold,
          preNmsTopK: variant.preNmsNumBoxes,
          nmsIou: variant.nmsIouThreshold,
          maxDetections: variant.maxTotalSize,
        },
        1,
      );
      const count = variant.numDetections[index]!;
      expect(found.scores.length).toBe(count);
      const expected = (key: string, width: number) =>
        rowsOf(`${variantName}/${key}`, variant.maxTotalSize * width).subarray(0, count * width);
      expectClose(found.boxes, expected('boxes', 4), { absolute: 1e-3 });
      expectClose(found.scores, expected('scores', 1), { absolute: 1e-6 });
      expect([...found.classes]).toEqual([...expected('classes', 1)]);
    }
  });
});
