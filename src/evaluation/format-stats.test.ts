import { expect, test } from 'vitest';
import { evaluate } from './evaluate';
import { formatStats } from './format-stats';

test('a table with dashes where there is no truth', () => {
  const report = evaluate(
    {
      images: [{ id: 1 }],
      categories: [{ id: 1, name: 'cat' }, { id: 20, name: 'hippopotamus' }],
      annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 50, 50] }],
    },
    [
      { image_id: 1, category_id: 1, bbox: [0, 0, 50, 40], score: 0.5 },
      { image_id: 1, category_id: 1, bbox: [500, 0, 50, 40], score: 0.5 },
    ],
  ); // prettier-ignore
  const text = formatStats(
    {
      ...report,
      counts: { images: 1, annotations: 1, detections: 2, categories: 2 },
      categoryNames: { 1: 'cat', 20: 'hippopotamus' },
    },
    { perCategory: true },
  );
  expect(text).toMatchInlineSnapshot(`
    "2 detections against 1 boxes of 2 categories in 1 images; tie rule: threshold

           percent  IoU      area    detections  other tie orders
    AP       35.00  .50:.95  all     ≤ 100       35.00 to 70.00
    AP50     50.00  .50      all     ≤ 100       50.00 to 100.00
    AP75     50.00  .75      all     ≤ 100       50.00 to 100.00
    APs          –  .50:.95  small   ≤ 100       –
    APm      35.00  .50:.95  medium  ≤ 100       35.00 to 70.00
    APl          –  .50:.95  large   ≤ 100       –
    AR1      70.00  .50:.95  all     ≤ 1
    AR10     70.00  .50:.95  all     ≤ 10
    AR100    70.00  .50:.95  all     ≤ 100
    ARs          –  .50:.95  small   ≤ 100
    ARm      70.00  .50:.95  medium  ≤ 100
    ARl          –  .50:.95  large   ≤ 100

    category      id     AP   AP50  AR100
    cat            1  35.00  50.00  70.00
    hippopotamus  20      –      –      –

    COCO_AREA_MISSING (1): Annotations without an area: the area of the box decides their size class.
    "
  `);
});
