/** A value that differs between two JSON documents. */
export interface Change {
  /** `schedule.steps`, `data[0].share` */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

const isContainer = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Where two JSON values differ, deepest places only, in the order of the keys. */
export function changesBetween(before: unknown, after: unknown, path = ''): Change[] {
  if (
    !isContainer(before) ||
    !isContainer(after) ||
    Array.isArray(before) !== Array.isArray(after) ||
    (Array.isArray(before) && before.length !== (after as unknown as unknown[]).length)
  ) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => {
    const place = Array.isArray(before) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return changesBetween(before[key], after[key], place);
  });
}

/** A change in words: `schedule.steps 300 → 600`. */
export function describeChange({ path, before, after }: Change): string {
  const plugin = /^(.*?)\.?codeDigest$/.exec(path);
  if (plugin) return `the code of the plugin${plugin[1] ? ` (${plugin[1]})` : ''}`;
  if (path.endsWith('datasetDigest')) return 'the data set';
  return `${path === '' ? 'the value' : path} ${short(before)} → ${short(after)}`;
}

function short(value: unknown): string {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}

/** A few changes in words, and how many more there are. */
export function listChanges(changes: readonly string[], most = 3): string {
  const distinct = [...new Set(changes)];
  const rest = distinct.length - most;
  return distinct.slice(0, most).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}
