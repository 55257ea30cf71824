import { type ByteSource, openFile } from '../../../core/json/byte-source';
import { withArticle } from '../../../evaluation/read/fields';
import { JsonReader } from '../../../core/json/json-reader';
import { MAX_CATEGORIES, MAX_IMAGES } from '../../../evaluation/parameters';
import { type FindingList } from './finding';
import { RawAnnotations, type RawCategory, type RawDataset, type RawImage, UNREADABLE } from './raw-dataset';

/**
 * Reads a COCO file for its health check. What is JSON is read whatever it says: what is odd becomes a finding, and the
 * entries beside it are still checked. NaN and infinity, which Python writes, are read as numbers. Memory grows with
 * the entries that can be used, not with the file.
 *
 * @throws RethinkError with line, column and path where the text is no JSON (`JSON_*`), cannot be read (`FILE_*`), is no
 * object (`COCO_WRONG_TYPE`) or lists more than any data set has (`COCO_TOO_MANY`)
 */
export function readRaw(file: string, findings: FindingList): RawDataset {
  return readRawSource(openFile(file), file, findings);
}

export function readRawSource(source: ByteSource, file: string, findings: FindingList): RawDataset {
  try {
    return new RawReader(new JsonReader(source, { nonFinite: true }), findings).read(file);
  } finally {
    source.close();
  }
}

/** By key: reads the value of one field. */
type FieldReaders = Readonly<Record<string, () => void>>;

class RawReader {
  constructor(
    private readonly reader: JsonReader,
    private readonly findings: FindingList,
  ) {}

  read(file: string): RawDataset {
    const { reader } = this;
    const images: RawImage[] = [];
    const categories: RawCategory[] = [];
    const annotations = new RawAnnotations();
    if (reader.kind() !== 'object') {
      reader.fail(
        'COCO_WRONG_TYPE',
        `An object with images, annotations and categories is expected, found ${withArticle(reader.kind())}.`,
        reader.kind() === 'array' ? 'Is this a detections file?' : undefined,
      );
    }
    const lists = {
      images: (index: number) => this.image(index, images),
      annotations: (index: number) => this.annotation(index, annotations),
      categories: (index: number) => this.category(index, categories),
    };
    this.fields(
      Object.fromEntries(
        Object.entries(lists).map(([name, entry]) => [
          name,
          () => {
            if (!this.is('array', 'a list')) return;
            reader.array((index) => (this.is('object', 'an object') ? entry(index) : undefined));
          },
        ]),
      ),
    );
    reader.finish();
    return { file, images, categories, annotations };
  }

  private image(index: number, images: RawImage[]): void {
    const image = { index, id: NaN, file: undefined as string | undefined, width: NaN, height: NaN };
    const usable = this.fields(
      {
        id: () => (image.id = this.id()),
        file_name: () => (image.file = this.text()),
        width: () => (image.width = this.number()),
        height: () => (image.height = this.number()),
      },
      ['id'],
    );
    if (!usable) return;
    if (images.push(image) > MAX_IMAGES) {
      this.reader.fail('COCO_TOO_MANY', `More than ${MAX_IMAGES} images are listed.`, 'Split the file.');
    }
  }

  private category(index: number, categories: RawCategory[]): void {
    const category = { index, id: NaN, name: undefined as string | undefined };
    const usable = this.fields(
      { id: () => (category.id = this.id()), name: () => (category.name = this.text()) },
      ['id'],
    );
    if (!usable) return;
    if (categories.push(category) > MAX_CATEGORIES) {
      this.reader.fail('COCO_TOO_MANY', `More than ${MAX_CATEGORIES} categories are listed.`);
    }
  }

  private annotation(index: number, columns: RawAnnotations): void {
    const row = columns.add(index);
    columns.crowd[row] = 0;
    columns.segment[row] = 0;
    const usable = this.fields(
      {
        id: () => (columns.id[row] = this.id()),
        image_id: () => (columns.imageId[row] = this.id()),
        category_id: () => (columns.categoryId[row] = this.id()),
        bbox: () => this.box(columns.box, 4 * row),
        area: () => (columns.area[row] = this.number()),
        iscrowd: () => (columns.crowd[row] = this.crowd()),
        segmentation: () => (columns.segment[row] = this.segment()),
      },
      ['id', 'image_id', 'category_id', 'bbox'],
    );
    if (!usable) columns.count--;
  }

  /** Reads an object's fields; false, with a finding, where a required one is missing. */
  private fields(readers: FieldReaders, required: readonly string[] = []): boolean {
    const { reader, findings } = this;
    const seen = new Set<string>();
    reader.object((key) => {
      if (!Object.hasOwn(readers, key)) return reader.skip();
      if (seen.has(key)) {
        findings.add('KEY_DUPLICATE', reader.place);
        return reader.skip();
      }
      seen.add(key);
      readers[key]!();
    });
    const missing = required.filter((key) => !seen.has(key));
    if (missing.length > 0) findings.add('ENTRY_MALFORMED', reader.place, `no ${missing.join(', ')}`);
    return missing.length === 0;
  }

  /** Whether a value of this kind follows; else it is skipped, with a finding. */
  private is(kind: ReturnType<JsonReader['kind']>, wanted: string): boolean {
    const { reader, findings } = this;
    const found = reader.kind();
    if (found === kind) return true;
    findings.add('ENTRY_MALFORMED', reader.place, `${withArticle(found)} instead of ${wanted}`);
    reader.skip();
    return false;
  }

  private id(): number {
    const { reader, findings } = this;
    const kind = reader.kind();
    if (kind === 'number') {
      const value = reader.decimal();
      if (Number.isSafeInteger(value)) return value;
      findings.add('ID_NOT_INTEGER', reader.place, String(value));
      return NaN;
    }
    const shown = kind === 'string' ? `"${reader.text().slice(0, 40)}"` : withArticle(kind);
    if (kind !== 'string') reader.skip();
    findings.add('ID_NOT_INTEGER', reader.place, shown);
    return NaN;
  }

  private number(): number {
    return this.is('number', 'a number') ? this.reader.decimal() : NaN;
  }

  private text(): string | undefined {
    return this.is('string', 'a text') ? this.reader.text() : undefined;
  }

  private box(box: Float64Array, at: number): void {
    if (!this.is('array', 'a box [x, y, width, height]')) return;
    const { reader } = this;
    const length = reader.array((side) => {
      const value = this.number();
      if (side < 4) box[at + side] = value;
    });
    if (length === 4) return;
    box.fill(NaN, at, at + 4);
    this.findings.add('ENTRY_MALFORMED', reader.place, `${length} numbers instead of 4`);
  }

  private crowd(): number {
    const { reader } = this;
    const kind = reader.kind();
    if (kind === 'boolean') return reader.boolean() ? 1 : 0;
    if (kind !== 'number') {
      reader.skip();
      return UNREADABLE;
    }
    const value = reader.decimal();
    return value === 0 || value === 1 ? value : UNREADABLE;
  }

  private segment(): 0 | 1 {
    const { reader } = this;
    const kind = reader.kind();
    if (kind === 'array') return reader.array(() => reader.skip()) > 0 ? 1 : 0;
    reader.skip();
    return kind === 'object' ? 1 : 0;
  }
}
