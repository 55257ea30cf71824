import { type EntityManager, In } from 'typeorm';
import type { Ledger } from '../../core/plan/ledger';
import { StageEntity, TrialEntity, TrialStageEntity } from './entities';
import type { RecordedFailure } from '../../core/plan/failure';
import type { StageStatus } from './records';
import { chunksOf } from './write/chunks';

/** Single columns, without making entities of rows: tens of thousands of them are read at each start of a run. */
const MANY = 5000;

export interface StageState {
  readonly key: string;
  readonly label: string;
  readonly status: StageStatus;
  readonly failure: RecordedFailure | null;
}

/** What a trial's status follows from. */
export async function readStageStates(
  manager: EntityManager,
  keys: readonly string[],
): Promise<Map<string, StageState>> {
  const found = new Map<string, StageState>();
  for (const part of chunksOf(keys, MANY)) {
    const rows = await manager
      .createQueryBuilder(StageEntity, 'stage')
      .select('stage.key', 'key')
      .addSelect('stage.label', 'label')
      .addSelect('stage.status', 'status')
      .addSelect('stage.failure', 'failure')
      .where({ key: In(part) })
      .getRawMany<Omit<StageState, 'failure'> & { readonly failure: string | null }>();
    for (const { failure, ...row } of rows) {
      const parsed = failure === null ? null : (JSON.parse(failure) as RecordedFailure | null);
      found.set(row.key, { ...row, failure: parsed });
    }
  }
  return found;
}

/** Keys of all stages that are recorded as finished, with what they cost. */
export async function readFinishedKeys(manager: EntityManager): Promise<Set<string>> {
  // One long text: SQLite's driver takes longer for each row than SQLite for hundreds of them.
  const joined = manager.connection.options.type === 'postgres' ? 'STRING_AGG' : 'GROUP_CONCAT';
  const row = await manager
    .createQueryBuilder(StageEntity, 'stage')
    .select(`${joined}(stage.key, ' ')`, 'keys')
    .where({ status: 'done' })
    .andWhere('stage.ledger IS NOT NULL')
    .getRawOne<{ readonly keys: string | null }>();
  return new Set(row?.keys?.split(' '));
}

/** Row id of each trial of a benchmark → keys of its stages, parents before children. */
export async function readLineages(
  manager: EntityManager,
  benchmark: string,
): Promise<Map<string, string[]>> {
  const rows = await manager
    .createQueryBuilder(TrialStageEntity, 'link')
    .innerJoin(TrialEntity, 'trial', 'trial.id = link.trialId')
    .select('link.trialId', 'trial')
    .addSelect('link.stageKey', 'stage')
    .where('trial.benchmark = :benchmark', { benchmark })
    .orderBy('link.trialId')
    .addOrderBy('link.position')
    .getRawMany<{ readonly trial: string; readonly stage: string }>();
  const lineages = new Map<string, string[]>();
  for (const { trial, stage } of rows) {
    const known = lineages.get(trial);
    if (known === undefined) lineages.set(trial, [stage]);
    else known.push(stage);
  }
  return lineages;
}

export interface StageLedger {
  readonly key: string;
  readonly ledger: Ledger;
}

/** What finished stages cost. */
export async function readLedgers(manager: EntityManager, keys: readonly string[]): Promise<StageLedger[]> {
  const found: StageLedger[] = [];
  for (const part of chunksOf(keys, MANY)) {
    const rows = await manager
      .createQueryBuilder(StageEntity, 'stage')
      .select('stage.key', 'key')
      .addSelect('stage.ledger', 'ledger')
      .where({ key: In(part) })
      .andWhere('stage.ledger IS NOT NULL')
      .getRawMany<{ readonly key: string; readonly ledger: string }>();
    found.push(...rows.map(({ key, ledger }) => ({ key, ledger: JSON.parse(ledger) as Ledger })));
  }
  return found;
}
