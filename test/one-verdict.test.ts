import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasetSpec } from '../src/core/plan/dataset-spec';
import { evaluate, readAnnotations, readDetections } from '../src/evaluation';
import { checkDataset } from '../src/learning/dataset/check/check-dataset';
import { readCocoIndex } from '../src/learning/dataset/coco-index';
import { prepareDatasets } from '../src/learning/dataset/prepare';
import { compareFiles } from '../src/statistics/bootstrap/compare-files';
import { isPool, refusedFindings, verdictOf } from './verdicts';

/** Every command that takes a COCO file says the same of it, before anything trains. */
let folder: string;
let detections: string;

const image = { id: 7, file_name: 'a.png', width: 16, height: 12 };
const category = { id: 3, name: 'thing', supercategory: 'all' };
const annotation = {
  id: 5,
  image_id: 7,
  category_id: 3,
  bbox: [1, 2, 8, 6],
  area: 48,
  iscrowd: 0,
  ignore: 0,
  score: 0.5,
  segmentation: [[1, 2, 9, 2, 9, 8, 1, 8]],
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-verdict-'));
  mkdirSync(join(folder, 'images'));
  const create = { width: 16, height: 12, channels: 3 as const, background: { r: 9, g: 99, b: 9 } };
  await sharp({ create })
    .png()
    .toFile(join(folder, 'images', 'a.png'));
  detections = join(folder, 'dt.json');
  const found = { image_id: 7, category_id: 3, bbox: [1, 2, 8, 6], score: 0.9 };
  writeFileSync(detections, JSON.stringify([found]));
});
afterAll(() => rmSync(folder, { recursive: true }));

const lists = { images: image, categories: category, annotations: annotation };
type List = keyof typeof lists;

/** JSON texts of a value; `undefined`: the field is absent. */
const values = [
  undefined, 'null', '"text"', '""', '"10"', 'true', '[]', '{}', '-1', '0', '0.5', '1e10', 'NaN', '-Infinity', '1e400',
  '7214539823411980001', '"a.png"',
]; // prettier-ignore
const boxes = ['[1,2,3]', '[1,2,3,4,5]', '[1,2,-3,4]', '[1,2,0,4]', '[90,90,3,4]', '[1,null,3,4]', '[1,2,NaN,4]', '[1,2,"3",4]', '[1e12,2,3,4]']; // prettier-ignore

function textOf(list: List, field: string | undefined, value: string | undefined): string {
  const one = (name: List) => {
    if (name !== list) return `[${JSON.stringify(lists[name])}]`;
    if (field === undefined) return value;
    const { [field]: _, ...rest } = lists[name] as Record<string, unknown>;
    const text = JSON.stringify(rest);
    return `[${value === undefined ? text : `${text.slice(0, -1)},${JSON.stringify(field)}:${value}}`}]`;
  };
  const entries = (Object.keys(lists) as List[]).flatMap((name) => {
    const text = one(name);
    return text === undefined ? [] : [`"${name}":${text}`];
  });
  return `{${entries.join(',')}}`;
}

async function expectOneVerdict(text: string): Promise<void> {
  const file = join(folder, 'truth.json');
  writeFileSync(file, text);
  const spec = datasetSpec.parse({ coco: { train: file, val: file, images: join(folder, 'images') } });
  const training = await verdictOf(() => readCocoIndex(file).warnings);
  const prepared = await verdictOf(async () => {
    const all = await prepareDatasets(spec, join(folder, 'workspace'), { baseFolder: folder });
    return all.validation.warnings;
  });
  const evaluated = await verdictOf(() => {
    const truth = readAnnotations(file);
    return evaluate(truth, readDetections(detections, truth)).warnings;
  });
  const compared = await verdictOf(() => {
    const [a, b] = ['a', 'b'].map((name) => ({ name, files: [detections] }));
    compareFiles(file, [a!, b!]);
    return readAnnotations(file).warnings;
  });
  const exported = await verdictOf(() => readAnnotations(file).warnings);
  const isImageProblem = training.refusal === undefined && prepared.refusal?.code === 'DATASET_IMAGES';
  if (!isImageProblem) expect(prepared, 'data prepare as training').toEqual(training);
  expect(exported, 'bundle export as evaluate').toEqual(evaluated);
  if (compared.refusal?.code !== 'COMPARE_NO_TRUTH') {
    expect(compared, 'compare as evaluate').toEqual(evaluated);
  }
  if (evaluated.refusal !== undefined) {
    expect(training.refusal, 'training as evaluate').toEqual(evaluated.refusal);
  }
  const check = await checkDataset({ annotations: file, images: join(folder, 'images') });
  const errors = refusedFindings(check);
  expect(errors.length > 0 || isPool(check), `data check: ${errors.join()}`).toBe(
    prepared.refusal !== undefined || isPool(check),
  );
  if (prepared.refusal === undefined) {
    expect(
      check.findings.some(({ code }) => code === 'FIELD_IGNORED'),
      'data check on odd fields',
    ).toBe(training.ignored);
  }
}

const fields = (Object.keys(lists) as List[]).flatMap((list) =>
  [undefined, ...Object.keys(lists[list])].map((field) => [list, field] as const),
);

describe('one verdict on a file', () => {
  it('on a good one', () => expectOneVerdict(textOf('images', 'id', '7')));

  it.each(fields)('with an odd value of %s %s', async (list, field) => {
    for (const value of field === 'bbox' ? [...values, ...boxes] : values) {
      const text = textOf(list, field, value);
      await expectOneVerdict(text).catch((error: unknown) => {
        (error as Error).message = `${value ?? 'absent'}: ${(error as Error).message}`;
        throw error;
      });
    }
  });
});
