import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAnnotations } from '../core/coco/read-annotations';
import { describeEvaluation } from './evaluation-report';
import { evaluate } from './evaluate';
import { formatStats } from './format-stats';
import { readDetections } from './read-detections';

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
    "images 1, boxes 1, categories 2, detections 2; tie rule: threshold

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

    Warning: Annotations without an area: the area of the box decides their size class. (1 ×, first: annotations[0]) [COCO_AREA_MISSING]
    "
  `);
});

test('files to text, with errors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-evaluation-'));
  try {
    const annotations = join(folder, 'gt.json');
    const detections = join(folder, 'dt.json');
    writeFileSync(
      annotations,
      JSON.stringify({
        images: [{ id: 1 }],
        categories: [{ id: 1 }],
        annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 50, 50], area: 2500, iscrowd: 0 }],
      }),
    );
    writeFileSync(
      detections,
      JSON.stringify([{ image_id: 1, category_id: 1, bbox: [0, 0, 50, 20], score: 1 }]),
    );
    const truth = readAnnotations(annotations);
    const found = readDetections(detections, truth);
    const evaluation = evaluate(truth, found);
    expect(describeEvaluation(truth, found, evaluation)).not.toHaveProperty('errors');
    const report = describeEvaluation(truth, found, evaluation, { errors: true });
    expect(report.tieRule).toBe('threshold');
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(formatStats(report)).toMatchInlineSnapshot(`
      "images 1, boxes 1, categories 1, detections 1; tie rule: threshold

             percent  IoU      area    detections  other tie orders
      AP        0.00  .50:.95  all     ≤ 100       the same
      AP50      0.00  .50      all     ≤ 100       the same
      AP75      0.00  .75      all     ≤ 100       the same
      APs          –  .50:.95  small   ≤ 100       –
      APm       0.00  .50:.95  medium  ≤ 100       the same
      APl          –  .50:.95  large   ≤ 100       –
      AR1       0.00  .50:.95  all     ≤ 1
      AR10      0.00  .50:.95  all     ≤ 10
      AR100     0.00  .50:.95  all     ≤ 100
      ARs          –  .50:.95  small   ≤ 100
      ARm       0.00  .50:.95  medium  ≤ 100
      ARl          –  .50:.95  large   ≤ 100

      Errors at IoU .50 (AP50 0.00), and what AP50 would gain without them

      error                count     gain
      classification           0    +0.00  right place, wrong category
      localisation             1  +100.00  right category, IoU .1 to .5
      both                     0    +0.00  wrong category, IoU .1 to .5
      duplicate                0    +0.00  the object was found already
      background               0    +0.00  no object there
      missed                   0    +0.00  object not found, nor nearly
      all false positives           +0.00
      all missed objects            +0.00
      "
    `);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
