import type { ImageCopies } from '../../core/plan/run-events';
import { stageKindNames, stageKinds } from '../../core/plan/stage-kinds';
import type { StageKind } from '../../core/plan/stage';
import { pluginDigests } from './staleness';

/** The kinds of stages that may see validation images, for a sentence. */
const scoring = stageKindNames.filter((kind) => stageKinds[kind].seesValidation).join(' and ');

/** Ids of the images that a stage was given or opened, by role; `undefined` where its record is gone. */
export type ImageIds = Readonly<Record<string, readonly number[]>>;

/** Which images a trial's stages saw, and whether it stayed away from those that it is scored on. */
export interface DataAccess {
  /**
   * `disjoint`: no stage but the scoring ones saw a validation image or a copy of one. `invalid`: one did; the score is
   * worthless. `unknown`: the record of a stage is gone.
   */
  readonly verdict: 'disjoint' | 'invalid' | 'unknown';
  /** Images that each stage saw, by role. */
  readonly rows: readonly { readonly label: string; readonly role: string; readonly images: number }[];
  readonly findings: readonly { readonly severity: 'good' | 'bad' | 'note'; readonly text: string }[];
}

/** A stage as far as its data access needs it. */
export interface AccessingStage {
  readonly kind: StageKind;
  readonly label: string;
  readonly parameters: unknown;
}

type DataFinding = DataAccess['findings'][number];
interface Seen {
  readonly role: string;
  readonly digest: string;
  readonly ids: Set<number>;
}

/**
 * Checks which images the stages of a trial saw.
 *
 * Ids are compared within one data set (equal digest) only: elsewhere equal ids are other images. Across data sets
 * images are compared by content.
 *
 * @param copies ids of images whose bytes another role's data hold too; absent where they were not compared
 */
export function dataAccess<Stage extends AccessingStage>(
  stages: readonly Stage[],
  idsOf: (stage: Stage) => ImageIds | undefined,
  copies?: ImageCopies,
): DataAccess {
  const rows: { label: string; role: string; images: number }[] = [];
  const findings: DataFinding[] = [];
  const seen = new Map<string, Seen>();
  let unknown = 0;
  for (const stage of stages) {
    const ids = idsOf(stage);
    const digests = digestsOf(stage.parameters);
    if (ids === undefined) unknown++;
    for (const [role, list] of Object.entries(ids ?? {})) {
      rows.push({ label: stage.label, role, images: new Set(list).size });
      if (!stageKinds[stage.kind].seesValidation) findings.push(...touched(stage, role, list, copies));
      const digest = digests.get(role) ?? role;
      const known = seen.get(`${role} ${digest}`) ?? { role, digest, ids: new Set<number>() };
      for (const id of list) known.ids.add(id);
      seen.set(`${role} ${digest}`, known);
    }
  }
  findings.push(...overlaps([...seen.values()], copies));
  const isInvalid = findings.some(({ severity }) => severity === 'bad');
  if (unknown > 0) {
    const text = `No record is at hand for ${unknown} of ${stages.length} stages.`;
    findings.push({ severity: 'note', text });
  } else if (!isInvalid && rows.some(({ role }) => role !== 'validation')) {
    const text = `No stage but ${scoring} saw a validation image.`;
    findings.unshift({ severity: 'good', text });
  }
  return { verdict: isInvalid ? 'invalid' : unknown > 0 ? 'unknown' : 'disjoint', rows, findings };
}

/** Why a trial is invalid. */
export function invalidReason({ findings }: DataAccess): string {
  return findings
    .filter(({ severity }) => severity === 'bad')
    .map(({ text }) => text)
    .join(' ');
}

/** Validation images that a stage saw which does not score. */
function touched(
  stage: AccessingStage,
  role: string,
  ids: readonly number[],
  copies: ImageCopies | undefined,
): DataFinding[] {
  const plugins = [...pluginDigests(stage.parameters).keys()];
  const who = plugins.length === 0 ? stage.label : `${stage.label} (${plugins.join(', ')})`;
  if (role === 'validation') {
    const count = new Set(ids).size;
    return [{ severity: 'bad', text: `${who} opened ${countImages(count, 'validation image')}.` }];
  }
  const leaked = common(ids, copies?.[role]?.['validation']);
  return leaked === 0
    ? []
    : [
        {
          severity: 'bad',
          text: `${who} was given ${countImages(leaked, `${role} image`)} that validation holds too.`,
        },
      ];
}

/** Whether the images of each two roles are apart. */
function overlaps(seen: readonly Seen[], copies: ImageCopies | undefined): DataFinding[] {
  const findings: DataFinding[] = [];
  seen.forEach((one, index) => {
    for (const other of seen.slice(index + 1)) {
      if (one.role === other.role) continue;
      const add = (severity: DataFinding['severity'], text: string) =>
        findings.push({ severity, text: `${one.role} and ${other.role} ${text}.` });
      const isValidation = one.role === 'validation' || other.role === 'validation';
      const byId = one.digest === other.digest ? common(one.ids, other.ids) : 0;
      // The copies of a whole role among the images that were really seen, on both sides.
      const byContent = Math.min(
        common(one.ids, copies?.[one.role]?.[other.role]),
        common(other.ids, copies?.[other.role]?.[one.role]),
      );
      const shared = Math.max(byId, byContent);
      if (shared > 0) add(isValidation ? 'bad' : 'note', `have ${countImages(shared, 'image')} in common`);
      else if (copies !== undefined) add('good', 'have no image in common, by content');
      else if (one.digest === other.digest) add('good', 'are of one data set and have no image in common');
    }
  });
  return findings;
}

function common(ids: Iterable<number>, others: Iterable<number> | undefined): number {
  if (others === undefined) return 0;
  const set = new Set(others);
  return [...new Set(ids)].filter((id) => set.has(id)).length;
}

function countImages(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Role → digest of its data, from the selections in a stage's parameters. */
function digestsOf(parameters: unknown, found = new Map<string, string>()): Map<string, string> {
  if (typeof parameters !== 'object' || parameters === null) return found;
  const { role, datasetDigest } = parameters as Record<string, unknown>;
  if (typeof role === 'string' && typeof datasetDigest === 'string') found.set(role, datasetDigest);
  for (const value of Object.values(parameters)) digestsOf(value, found);
  return found;
}
