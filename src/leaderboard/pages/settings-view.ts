import type { StageRecord } from '../../results/database/records';
import { stageKinds } from '../../core/plan/stage-kinds';

export interface SettingsGroup {
  readonly label: string;
  readonly rows: readonly { readonly name: string; readonly value: string }[];
}

/** Settings of each stage that computes; what is equal in all of them comes first. */
export function settingsOf(stages: readonly StageRecord[]): SettingsGroup[] {
  const trained = stages.filter((stage) => stageKinds[stage.kind].isCharged);
  const flat = trained.map((stage) => ({ label: stage.label, rows: flatten(stage.parameters) }));
  if (flat.length < 2) return flat.map(toGroup);
  const common = [...flat[0]!.rows].filter(([name, value]) =>
    flat.every(({ rows }) => rows.get(name) === value),
  );
  const shared = new Set(common.map(([name]) => name));
  return [
    { label: 'all stages', rows: new Map(common) },
    ...flat.map(({ label, rows }) => ({
      label,
      rows: new Map([...rows].filter(([name]) => !shared.has(name))),
    })),
  ]
    .filter(({ rows }) => rows.size > 0)
    .map(toGroup);
}

const toGroup = ({ label, rows }: { label: string; rows: Map<string, string> }): SettingsGroup => ({
  label,
  rows: [...rows].map(([name, value]) => ({ name, value })),
});

/** `schedule.optimizer.type` → `adam`; a list of plain values is one value. */
function flatten(value: unknown, path = '', rows = new Map<string, string>()): Map<string, string> {
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) rows.set(path, typeof value === 'string' ? value : JSON.stringify(value));
  } else if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    rows.set(path, value.map(String).join(', '));
  } else {
    for (const [name, item] of Object.entries(value)) {
      const itemPath = Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      flatten(item, itemPath, rows);
    }
  }
  return rows;
}
