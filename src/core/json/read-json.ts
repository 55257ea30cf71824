import { openFile } from './byte-source';
import { JsonReader } from './json-reader';

/** Reads a JSON file as a value. @throws RethinkError with file, line, column and path: `FILE_*`, `JSON_*` */
export function readJson(file: string): unknown {
  const source = openFile(file);
  try {
    const reader = new JsonReader(source);
    const value = reader.value();
    reader.finish();
    return value;
  } finally {
    source.close();
  }
}
