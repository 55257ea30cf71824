import { writeFileSync } from 'node:fs';
import { readArchive } from './read-archive';
import { writeArchive } from './write-archive';

/** A bundle with one of its JSON files changed, and its sums made to fit: as a careful forger would do it. */
export async function repack(
  file: string,
  target: string,
  name: string,
  change: (value: never) => unknown,
): Promise<string> {
  const { contents, manifest } = await readArchive(file);
  const value = JSON.parse(contents.get(name)!.toString()) as never;
  const changed = change(value) ?? value;
  const files = new Map([...contents, [name, Buffer.from(JSON.stringify(changed))] as const]);
  writeFileSync(target, await writeArchive(manifest.benchmark, files));
  return target;
}
