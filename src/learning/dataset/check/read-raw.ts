import { readAnnotation, readCategory, readImage } from '../../../core/coco/entries';
import { readDocument } from '../../../core/coco/read-annotations';
import { type ProblemHandler, type RecordReader } from '../../../core/coco/record-reader';
import { type ByteSource, openFile } from '../../../core/json/byte-source';
import { type FindingList } from './finding';
import { RawAnnotations, type RawCategory, type RawDataset, type RawImage } from './raw-dataset';

/**
 * Reads a COCO file for its health check, by the rules of every other command: what they refuse becomes a finding, and the
 * other entries are still checked. NaN and infinity, which Python writes, are read as numbers. Memory grows with
 * the entries that can be used, not with the file.
 *
 * @throws RethinkError with line, column and path where the text is not JSON (`JSON_*`), cannot be read (`FILE_*`), is not
 * an object (`COCO_WRONG_TYPE`) or lists more than any data set has (`COCO_TOO_MANY`)
 */
export function readRaw(file: string, findings: FindingList): RawDataset {
  return readRawSource(openFile(file), file, findings);
}

export function readRawSource(source: ByteSource, file: string, findings: FindingList): RawDataset {
  const images: RawImage[] = [];
  const categories: RawCategory[] = [];
  const annotations = new RawAnnotations();
  const options = { opensImages: true, images: 'given', lists: 'given' } as const;
  readDocument(source, asFindings(findings), options, (reader) => ({
    image: (index) => {
      const image = readImage(reader);
      if (image === undefined) return images.length;
      const { id, file_name: file, width = NaN, height = NaN } = image;
      return images.push({ index, id, file, width, height });
    },
    category: (index) => {
      const category = readCategory(reader);
      return category === undefined ? categories.length : categories.push({ index, ...category });
    },
    annotation: (index) => readRawAnnotation(reader, index, annotations, findings),
  }));
  return { file, images, categories, annotations };
}

function readRawAnnotation(
  reader: RecordReader,
  index: number,
  columns: RawAnnotations,
  findings: FindingList,
): void {
  let hasId = false;
  let segment: 0 | 1 = 0;
  const isUsable = readAnnotation(reader, columns, (field) => {
    hasId ||= field === 'id';
    if (field !== 'segmentation') return false;
    segment = readSegment(reader);
    return true;
  });
  if (!isUsable) return;
  columns.index[columns.count - 1] = index;
  columns.segment[columns.count - 1] = segment;
  if (!hasId) findings.add('ANNOTATION_ID_MISSING', `annotations[${index}]`);
}

function readSegment({ json }: RecordReader): 0 | 1 {
  const kind = json.kind();
  if (kind === 'array') return json.array(() => json.skip()) > 0 ? 1 : 0;
  json.skip();
  return kind === 'object' ? 1 : 0;
}

/** Fields whose absence is a finding of its own. */
const OWN_FINDING: readonly string[] = ['file_name', 'width', 'height', 'name'];

/** What other commands refuse, as findings. */
function asFindings(findings: FindingList): ProblemHandler {
  return {
    wrong: ({ kind, detail, fields = [] }, json) => {
      const path = json.valuePath;
      switch (kind) {
        case 'entry':
          return findings.add('ENTRY_MALFORMED', path, detail);
        case 'missing': {
          const missing = fields.filter((field) => !OWN_FINDING.includes(field));
          if (missing.length > 0) findings.add('ENTRY_MALFORMED', path, `no ${missing.join(', ')}`);
          return;
        }
        case 'key':
          return findings.add('KEY_DUPLICATE', path);
        case 'id':
          return findings.add('ID_NOT_INTEGER', path, detail);
        case 'flag':
          return findings.add('CROWD_INVALID', path);
        case 'value':
          // The checks of boxes, images and categories see the whole entry, where an area of NaN is an absent one.
          if (detail === 'NaN' && path.endsWith('.area')) findings.add('BOX_NOT_FINITE', path, detail);
          return;
      }
    },
    odd: (path) => findings.add('FIELD_IGNORED', path),
  };
}
