import { costPolicies, type CostPolicy } from '../../core/cost/lineage';
import { stageKinds } from '../../core/plan/stage-kinds';
import {
  type ColumnUnit,
  flopsUnit,
  formatBytes,
  formatFlops,
  noValue,
  secondsUnit,
} from '../../core/text/units';
import type { StageRecord } from '../../results/database/records';
import { lineageDrawing } from '../charts/lineage-drawing';
import type { LeaderboardTrial } from '../model/leaderboard';
import type { StageLogs } from '../model/stage-logs';
import { type Cell, table } from '../templates/table';
import { amountCell, countCell } from './cells';

export interface LogLinks {
  readonly logs: StageLogs;
  /** Address of the logs' folder, seen from the page. */
  readonly logsHref: string;
}

const policyMeanings: Readonly<Record<CostPolicy, string>> = {
  full: 'all of it',
  amortised: 'shared stages divided among their trials',
  marginal: 'what only this trial uses',
};

const isCharged = (stage: StageRecord) => stageKinds[stage.kind].isCharged;

/** A trial's stages with their costs, and the sums under each policy. */
export function stageTable(
  stages: readonly StageRecord[],
  { cost }: Pick<LeaderboardTrial, 'cost'>,
  links: LogLinks,
) {
  const ledgers = stages.map(({ ledger }) => ledger);
  const flops = flopsUnit(ledgers.map((ledger) => ledger?.flops ?? null));
  const device = secondsUnit(ledgers.map((ledger) => ledger?.deviceSeconds ?? null));
  const wall = secondsUnit(ledgers.map((ledger) => ledger?.wallSeconds ?? null));
  const users = new Map(cost?.stages.map((stage) => [stage.key, stage.users]));
  return {
    table: table({
      title: 'Cost by stage',
      rows: stages,
      rowAttributes: (stage) => ({ class: isCharged(stage) ? undefined : 'free' }),
      footer: totals(cost, { flops, device, wall }),
      columns: [
        { name: 'Stage', isHeader: true, cell: ({ label }) => label },
        { name: 'Kind', className: 'far', cell: ({ kind }) => kind },
        {
          name: flops.label,
          valueUnit: 'FLOP',
          isNumber: true,
          cell: ({ ledger }) => ({ ...amountCell(ledger?.flops, flops), dagger: declaredBy(ledger) }),
        },
        secondsColumn('Device', device, 'deviceSeconds'),
        secondsColumn('Wall', wall, 'wallSeconds'),
        {
          name: 'Images',
          isNumber: true,
          cell: ({ ledger }) => (ledger ? countCell(ledger.imagesSeen) : noValue),
        },
        {
          name: 'Memory',
          valueUnit: 'bytes',
          isNumber: true,
          cell: ({ ledger }) =>
            ledger ? { text: formatBytes(ledger.peakMemoryBytes), value: ledger.peakMemoryBytes } : noValue,
        },
        { name: 'Used by', cell: (stage) => usersText(stage, users.get(stage.key) ?? 1) },
        { name: 'Status', cell: ({ status }) => status },
        { name: 'Log', isPageOnly: true, cell: (stage) => logCell(stage, links) },
        { name: 'Key', cell: ({ key }) => ({ text: key.slice(0, 12), value: key, isCode: true }) },
      ],
    }),
    declared: stages.flatMap(({ label, ledger }) => {
      const source = declaredBy(ledger);
      return source === undefined ? [] : [{ label, source }];
    }),
  };
}

const secondsColumn = (name: string, unit: ColumnUnit, measure: 'deviceSeconds' | 'wallSeconds') => ({
  name: `${name}, ${unit.label}`,
  valueUnit: 's',
  isNumber: true,
  cell: ({ ledger }: StageRecord) => amountCell(ledger?.[measure], unit),
});

/** A line for each policy. */
function totals(
  cost: LeaderboardTrial['cost'],
  { flops, device, wall }: Readonly<Record<'flops' | 'device' | 'wall', ColumnUnit>>,
): (Cell | string)[][] {
  if (cost === undefined) return [];
  return costPolicies.map((policy) => [
    policy,
    policy === 'full' && cost.missing.length > 0 ? 'all that has run so far' : policyMeanings[policy],
    amountCell(cost[policy].flops, flops),
    amountCell(cost[policy].deviceSeconds, device),
    amountCell(cost[policy].wallSeconds, wall),
    { text: '', span: 6 },
  ]);
}

function declaredBy(ledger: StageRecord['ledger']): string | undefined {
  return ledger?.declared === true ? (ledger.source ?? 'declared') : undefined;
}

function usersText(stage: StageRecord, users: number): string {
  if (!isCharged(stage)) return 'not charged';
  return users > 1 ? `${users} trials` : 'this trial';
}

function logCell(stage: StageRecord, links: LogLinks): Cell | string {
  const href = logOf(stage, links);
  return href === undefined ? noValue : { text: 'log', href, label: `Log of ${stage.label}` };
}

/** The copy of the log that holds the reason of a failed trial. */
export function failureLogOf(stages: readonly StageRecord[], links: LogLinks): string | undefined {
  const failed = stages.find(({ status }) => status === 'failed');
  return failed && logOf(failed, links);
}

/** Stages that have run, or tried to, have left a log; whether it is still there is another matter. */
function logOf({ key, attempt }: StageRecord, { logs, logsHref }: LogLinks): string | undefined {
  const name = attempt > 0 ? logs.copy(key) : undefined;
  return name === undefined ? undefined : `${logsHref}${name}`;
}

export function lineageOf(
  stages: readonly StageRecord[],
  { cost, record }: LeaderboardTrial,
): string | undefined {
  if (stages.length === 0) return undefined;
  const users = new Map(cost?.stages.map((stage) => [stage.key, stage.users]));
  return lineageDrawing(
    stages.map((stage) => ({
      key: stage.key,
      label: stage.label,
      cost: stage.ledger ? formatFlops(stage.ledger.flops) : stage.status,
      note: lineageNote(stage, users.get(stage.key) ?? 1),
      parents: Object.values(stage.inputs),
      shared: (users.get(stage.key) ?? 1) > 1,
      charged: isCharged(stage),
      state: drawnStates[stage.status] ?? 'waiting',
    })),
    `Lineage of ${record.id}`,
  );
}

const drawnStates: Readonly<Partial<Record<StageRecord['status'], 'done' | 'failed'>>> = {
  done: 'done',
  failed: 'failed',
  blocked: 'failed',
};

function lineageNote(stage: StageRecord, users: number): string {
  if (!isCharged(stage)) return 'scoring: not charged';
  if (users > 1) return `shared by ${users} trials`;
  if (stage.ledger === undefined) return 'has not run';
  return stage.ledger.declared === true ? 'declared' : 'this trial only';
}
