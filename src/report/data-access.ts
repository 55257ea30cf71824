import type { StageRecord } from '../results/records';

/** Ids of the pictures that a stage was given, by role; `undefined` where its record is gone. */
export type ImageIds = Readonly<Record<string, readonly number[]>>;

export interface DataAccess {
  readonly rows: readonly { readonly label: string; readonly role: string; readonly images: number }[];
  readonly findings: readonly { readonly severity: 'good' | 'bad' | 'note'; readonly text: string }[];
}

const scoring = new Set(['detect', 'evaluate']);

/**
 * Which pictures each stage of a trial was given, and whether validation pictures stayed out of training.
 *
 * Ids are compared within one data set (equal digest) only: elsewhere equal ids are other pictures.
 */
export function dataAccess(
  stages: readonly StageRecord[],
  idsOf: (stage: StageRecord) => ImageIds | undefined,
): DataAccess {
  const rows: { label: string; role: string; images: number }[] = [];
  const findings: DataAccess['findings'][number][] = [];
  const seen = new Map<string, Map<string, Set<number>>>();
  let unknown = 0;
  for (const stage of stages) {
    const ids = idsOf(stage);
    const digests = digestsOf(stage.parameters);
    if (ids === undefined) unknown++;
    for (const [role, list] of Object.entries(ids ?? {})) {
      rows.push({ label: stage.label, role, images: new Set(list).size });
      if (role === 'validation' && !scoring.has(stage.kind)) {
        const text = `${stage.label} was given ${list.length} validation pictures: this trial is invalid.`;
        findings.push({ severity: 'bad', text });
      }
      const byRole = seen.get(digests.get(role) ?? role) ?? new Map<string, Set<number>>();
      seen.set(digests.get(role) ?? role, byRole);
      byRole.set(role, new Set([...(byRole.get(role) ?? []), ...list]));
    }
  }
  if (unknown > 0) {
    findings.push({
      severity: 'note',
      text: `No record is at hand for ${unknown} of ${stages.length} stages.`,
    });
    return { rows, findings };
  }
  for (const byRole of seen.values()) findings.push(...overlaps(byRole));
  const trained = rows.some((row) => row.role !== 'validation');
  if (trained && !findings.some((finding) => finding.severity === 'bad')) {
    findings.unshift({
      severity: 'good',
      text: 'No stage but detect and evaluate was given a validation picture.',
    });
  }
  return { rows, findings };
}

function overlaps(byRole: ReadonlyMap<string, ReadonlySet<number>>): DataAccess['findings'][number][] {
  const roles = [...byRole];
  return roles.flatMap(([role, ids], index) =>
    roles.slice(index + 1).map(([other, otherIds]) => {
      const common = [...ids].filter((id) => otherIds.has(id)).length;
      const isValidation = role === 'validation' || other === 'validation';
      const text =
        common === 0
          ? `${role} and ${other} pictures are of one data set and have none in common.`
          : `${role} and ${other} pictures have ${common} in common${isValidation ? ': this trial is invalid' : ''}.`;
      return { severity: common === 0 ? 'good' : isValidation ? 'bad' : 'note', text } as const;
    }),
  );
}

/** Role → digest of its data, from the selections in a stage's parameters. */
function digestsOf(parameters: unknown, found = new Map<string, string>()): Map<string, string> {
  if (typeof parameters !== 'object' || parameters === null) return found;
  const { role, datasetDigest } = parameters as Record<string, unknown>;
  if (typeof role === 'string' && typeof datasetDigest === 'string') found.set(role, datasetDigest);
  for (const value of Object.values(parameters)) digestsOf(value, found);
  return found;
}
