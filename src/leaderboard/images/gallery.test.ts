import { describe, expect, it } from 'vitest';
import { type CocoDetection, detectionsFrom, errorTypes, truthFrom } from '../../evaluation';
import { agreementAt, chooseGallery, evenly } from './gallery';
import { typedImages } from './typed-images';

const images = Array.from({ length: 12 }, (_, index) => ({ id: index + 1, width: 100, height: 100 }));
const categories = [
  { id: 1, name: 'cat' },
  { id: 2, name: 'dog' },
];
const truth = truthFrom({
  images,
  categories,
  annotations: images.flatMap(({ id }) => [
    { id: 2 * id, image_id: id, category_id: 1, bbox: [0, 0, 20, 20] as const },
    { id: 2 * id + 1, image_id: id, category_id: 2, bbox: [50, 50, 20, 20] as const },
  ]),
});
const found = (image_id: number, category_id: number, x: number, score: number): CocoDetection => ({
  image_id,
  category_id,
  bbox: [x, x, 20, 20],
  score,
});

describe('typed images', () => {
  const detections = detectionsFrom(
    [
      found(3, 1, 0, 0.9), // right
      found(3, 1, 1, 0.8), // a duplicate
      found(3, 1, 50, 0.7), // the dog, taken for a cat
      found(3, 2, 60, 0.6), // the dog, badly placed
      found(3, 2, 80, 0.4), // nothing
      found(5, 1, 0, 0.5),
      found(3, 1, 80, 0.04), // too low to be kept
    ],
    truth,
  );

  it('are of the types that the whole evaluation gives, on the images that were asked for', () => {
    const [fifth, third] = typedImages(truth, detections, [4, 2], { leastScore: 0.05, most: 30 });
    expect(fifth!.detections).toMatchObject([{ kind: 'right', score: 0.5, object: 0, box: [0, 0, 20, 20] }]);
    expect(third!.detections.map(({ kind, object }) => [kind, object])).toEqual([
      ['right', 0],
      ['duplicate', 0],
      ['classification', 1],
      ['localisation', 1],
      ['background', -1],
    ]);
    const { counts } = errorTypes(truth, detections);
    expect(counts).toMatchObject({ duplicate: 1, classification: 1, localisation: 1, background: 2 });
  });

  it('keep the best-scored detections, and what they are does not change with a threshold', () => {
    const [third] = typedImages(truth, detections, [2], { leastScore: 0, most: 2 });
    expect(third!.detections.map(({ score }) => score)).toEqual([0.9, 0.8]);
    const [whole] = typedImages(truth, detections, [2], { leastScore: 0, most: 30 });
    const at = agreementAt(whole!, 0.65);
    expect(at.detections.map(({ hit }) => hit)).toEqual([true, false, false]);
    expect(at.objects.map(({ hit }) => hit)).toEqual([true, false]);
    expect(at.f1).toBeCloseTo(2 / 5, 12);
  });
});

describe('the choice of images', () => {
  const f1 = (values: Record<number, number>, rest = 0.5) => images.map((_, index) => values[index] ?? rest);
  const sizes = { spread: 3, hardest: 2, easiest: 2, disputed: 1 };

  it('is spread over the data, and has the hardest, the easiest and the most disputed of the rest', () => {
    const judges = [f1({ 0: 0, 11: 1, 5: 0, 4: 0.1 }), f1({ 0: 0.1, 11: 1, 5: 1, 4: 0.1 })];
    const chosen = chooseGallery(truth, judges, sizes);
    expect(chosen.filter(({ group }) => group === 'spread').map(({ image }) => image)).toEqual([2, 6, 10]);
    expect(chosen.filter(({ group }) => group === 'hardest').map(({ image }) => image)).toEqual([0, 4]);
    expect(chosen.find(({ group }) => group === 'easiest')!.image).toBe(11);
    expect(chosen.find(({ group }) => group === 'disputed')!.image).toBe(5);
    expect(new Set(chosen.map(({ image }) => image)).size).toBe(chosen.length);
  });

  it('has only the spread ones where nobody judges, and no image without objects', () => {
    const bare = { ...truth, crowd: truth.crowd.map((_, row) => (row < 4 ? 0 : 1)) };
    expect(chooseGallery(bare, [], sizes).map(({ image }) => image)).toEqual([0, 1]);
  });

  it('takes judges evenly', () => {
    expect(evenly([1, 2, 3, 4, 5, 6], 3)).toEqual([1, 3, 5]);
    expect(evenly([1, 2], 3)).toEqual([1, 2]);
  });
});
