import { readOutcomeFile } from '../../core/plan/outcome-file';
import { formatBytes, formatShare, formatTime } from '../../core/text/units';
import { dataAccess } from '../../results/database/data-access';
import type { BenchmarkResults, StageRecord, TrialRecord } from '../../results/database/records';
import { table } from '../templates/table';
import { countCell } from './cells';

/** Where a trial's stages ran. */
export function environmentsOf({ environments }: BenchmarkResults, stages: readonly StageRecord[]) {
  const ids = [...new Set(stages.flatMap((stage) => stage.environmentId ?? []))];
  return ids.flatMap((id) => {
    const facts = environments[id];
    if (facts === undefined) return [];
    const used = stages.filter((stage) => stage.environmentId === id);
    const [first] = used.flatMap((stage) => stage.startedAt ?? []).sort();
    const commit = facts.commit === undefined ? '' : `, commit ${facts.commit.slice(0, 12)}`;
    const changes = facts.dirty === true ? ', with uncommitted changes' : '';
    return [
      {
        stages: used.map((stage) => stage.label).join(', '),
        when: first === undefined ? '' : formatTime(first),
        rows: [
          { name: 'machine', value: `${facts.cpu}, ${facts.cores} cores, ${formatBytes(facts.memoryBytes)}` },
          ...(facts.gpu === undefined ? [] : [{ name: 'GPU', value: facts.gpu }]),
          { name: 'system', value: `${facts.platform}, Node.js ${facts.node.replace(/^v/, '')}` },
          { name: 'engine', value: `${facts.engine} (${facts.backend})` },
          { name: 'Rethink Bench', value: `${facts.rethink}${commit}${changes}` },
        ],
      },
    ];
  });
}

/** Digest → roles of the data that the trial's stages name. */
export function dataOf(stages: readonly StageRecord[]) {
  const found = new Map<string, Set<string>>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { role, datasetDigest, fraction } = value as Record<string, unknown>;
    if (typeof role === 'string' && typeof datasetDigest === 'string') {
      const share =
        typeof fraction === 'number' && fraction < 1 ? `${role}, ${formatShare(fraction)} of it` : role;
      found.set(datasetDigest, (found.get(datasetDigest) ?? new Set()).add(share));
    }
    Object.values(value).forEach(visit);
  };
  for (const stage of stages) visit(stage.parameters);
  return [...found].map(([digest, roles]) => ({ digest, roles: [...roles].join('; ') }));
}

/** Which images the trial's stages were given, and what that means. */
export function accessView(
  { access }: TrialRecord,
  stages: readonly StageRecord[],
  artifactFolder: (key: string) => string,
) {
  const { findings, rows } =
    access ?? dataAccess(stages, (stage) => outcomeOf(stage, artifactFolder)?.outcome.imageIds);
  return {
    findings,
    table:
      rows.length === 0
        ? undefined
        : table({
            title: 'Which images were handed out',
            rows,
            columns: [
              { name: 'Stage', isHeader: true, cell: ({ label }) => label },
              { name: 'Role', cell: ({ role }) => role },
              { name: 'Images', isNumber: true, cell: ({ images }) => countCell(images) },
            ],
          }),
  };
}

function outcomeOf(stage: StageRecord, artifactFolder: (key: string) => string) {
  try {
    return readOutcomeFile(artifactFolder(stage.key));
  } catch {
    // An artifact that was cleared away or is of another version: the page reports that there is no record.
    return undefined;
  }
}
