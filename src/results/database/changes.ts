import type { TrialAxes } from '../../core/plan/axes';

/** A value that differs between two JSON documents. */
export interface Change {
  /** `schedule.steps`, `data[0].share` */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

export const isContainer = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Where two JSON values differ, deepest values only, in the order of the keys. */
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
    const inner = Array.isArray(before) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return changesBetween(before[key], after[key], inner);
  });
}

/** `schedule.steps 300 → 600` */
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

/** A few changes, and how many more there are. */
export function listChanges(changes: readonly string[], most = 3): string {
  const distinct = [...new Set(changes)];
  const rest = distinct.length - most;
  return distinct.slice(0, most).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}

/** Settings of a benchmark file that decide no trial's outcome, or only whether there is such a trial. */
export const withoutEffect: ReadonlySet<string> = new Set([
  'name',
  'title',
  'description',
  'axes',
  'cells',
  'claims',
  'reference',
  'cost',
  'limits',
  'plugins',
  'evaluation',
  'controls',
]);

/** Changes, between two versions of a benchmark, of the settings that all trials share. */
export function settingsChanges(before: unknown, after: unknown): string[] {
  const [then, now] = [before, after].map((settings) =>
    Object.fromEntries(
      Object.entries(isContainer(settings) ? settings : {}).filter(([key]) => !withoutEffect.has(key)),
    ),
  );
  return changesBetween(then, now).map(describeChange);
}

/** The values of an axis by name, in the order of the benchmark file. */
export function axisEntries(benchmark: unknown, axis: keyof TrialAxes): Map<string, unknown> {
  const axes = isContainer(benchmark) ? benchmark['axes'] : undefined;
  const list = isContainer(axes) ? axes[axis] : undefined;
  return new Map(
    (Array.isArray(list) ? list : []).map((item: unknown) => [
      String(isContainer(item) ? item['name'] : item),
      item,
    ]),
  );
}

/** Changes of an entry of a plugin axis: `init imagenet: options.steps 300 → 600`. */
export function entryChanges(axis: string, name: string, before: unknown, after: unknown): string[] {
  return changesBetween(before, after).map((change) => `${axis} ${name}: ${describeChange(change)}`);
}
