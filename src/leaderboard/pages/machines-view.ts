import { groups } from 'd3-array';
import type { RunEnvironment } from '../../core/plan/outcome-schema';
import type { BenchmarkResults, StageRecord } from '../../results/database/records';
import { formatBytes, formatCount, formatSeconds, formatTime, noValue } from '../../core/text/units';
import { formatAmount } from '../../core/cost/metrics';
import { type Column, table } from '../templates/table';
import { benchmarkFolder, slug } from '../templates/site-paths';

/** A stage with where it ran. */
interface Ran {
  readonly stage: StageRecord;
  readonly benchmark: BenchmarkResults;
  readonly facts: RunEnvironment;
}

/** Machines that stages ran on, with the software on each, the work done and the trials that rest on it. */
export function machinesView(benchmarks: readonly BenchmarkResults[]) {
  const ran = benchmarks.flatMap((benchmark) =>
    benchmark.stages.flatMap((stage): Ran[] => {
      const facts = benchmark.environments[stage.environmentId ?? ''];
      return facts === undefined || stage.ledger === undefined ? [] : [{ stage, benchmark, facts }];
    }),
  );
  const machines = groups(ran, ({ facts }) => {
    const { platform, cpu, cores, memoryBytes, gpu, hostname } = facts;
    // Hosts are distinguished but not named: a name identifies its owner and is irrelevant to the result.
    return JSON.stringify([cpu, cores, memoryBytes, gpu, platform, hostname]);
  });
  return {
    machines: machines.map(([, group], index) => machineView(group, `software-${index}`)),
    withoutRecord: benchmarks.reduce(
      (count, { stages, environments }) =>
        count +
        stages.filter(
          ({ ledger, environmentId }) =>
            ledger !== undefined && environments[environmentId ?? ''] === undefined,
        ).length,
      0,
    ),
  };
}

function machineView(group: readonly Ran[], headingId: string) {
  const { cpu, cores, memoryBytes, gpu, platform } = group[0]!.facts;
  return {
    name: gpu ?? cpu,
    rows: [
      { name: 'processor', value: `${cpu}, ${cores} cores` },
      ...(gpu === undefined ? [] : [{ name: 'GPU', value: gpu }]),
      { name: 'memory', value: formatBytes(memoryBytes) },
      { name: 'system', value: platform },
    ],
    ...workOf(group),
    software: softwareTable(group, headingId),
    slots: slotsTable(group),
    benchmarks: groups(group, ({ benchmark }) => benchmark.name).map(([, same]) => trialsView(same)),
  };
}

const workColumns: readonly Column<ReturnType<typeof workOf>>[] = [
  { name: 'Stages', isNumber: true, cell: ({ stages }) => stages },
  {
    name: 'Device time',
    valueUnit: 's',
    isNumber: true,
    cell: ({ deviceTime, deviceSeconds }) => ({ text: deviceTime, value: deviceSeconds }),
  },
  {
    name: 'Energy',
    valueUnit: 'J',
    isNumber: true,
    cell: ({ energy, joules }) => ({ text: energy, value: joules }),
  },
];

function softwareTable(group: readonly Ran[], headingId: string) {
  const versions = groups(group, ({ facts: { node, backend, engine, rethink, commit, dirty } }) =>
    JSON.stringify([node, backend, engine, rethink, commit, dirty]),
  );
  return table({
    title: 'Versions',
    headingId,
    rows: versions.map(([, same]) => ({ ...same[0]!.facts, ...workOf(same), from: firstStart(same) })),
    columns: [
      { name: 'Rethink Bench', isHeader: true, cell: ({ rethink }) => rethink },
      {
        name: 'Commit',
        cell: ({ commit, dirty }) => ({
          text: commit?.slice(0, 12) ?? noValue,
          isCode: true,
          notes: [dirty === true ? 'and changes' : ''],
        }),
      },
      { name: 'Engine', className: 'wraps', cell: ({ engine }) => engine },
      { name: 'Backend', cell: ({ backend }) => backend },
      { name: 'Node.js', cell: ({ node }) => node.replace(/^v/, '') },
      { name: 'From', cell: ({ from }) => from },
      ...workColumns,
    ],
  });
}

/** Work of each slot; absent for stages that do not record it. */
function slotsTable(group: readonly Ran[]) {
  const known = group.filter(({ stage }) => stage.ledger!.slot !== undefined);
  if (known.length === 0) return undefined;
  const slots = groups(known, ({ stage: { ledger } }) => JSON.stringify([ledger!.slot, ledger!.device]));
  return table({
    title: 'Slots',
    rows: slots
      .map(([, same]) => ({ ...same[0]!.stage.ledger!, ...workOf(same) }))
      .sort((a, b) => a.slot!.localeCompare(b.slot!, 'en', { numeric: true })),
    columns: [
      { name: 'Slot', isHeader: true, cell: ({ slot }) => slot! },
      { name: 'Device', className: 'wraps', cell: ({ device }) => device },
      ...workColumns,
    ],
  });
}

function firstStart(group: readonly Ran[]): string {
  const [first] = group.flatMap(({ stage }) => stage.startedAt ?? []).sort();
  return first === undefined ? noValue : formatTime(first);
}

/** What was done there: seconds of the device, and the joules where all stages have them. */
function workOf(group: readonly Ran[]) {
  const sum = (of: (stage: StageRecord) => number) =>
    group.reduce((total, { stage }) => total + of(stage), 0);
  const energies = group.map(({ stage }) => stage.ledger!.energy?.joules);
  const joules = energies.every((value) => value !== undefined)
    ? sum(({ ledger }) => ledger!.energy!.joules)
    : null;
  const deviceSeconds = sum(({ ledger }) => ledger!.deviceSeconds);
  return {
    stages: formatCount(group.length),
    deviceSeconds,
    deviceTime: formatSeconds(deviceSeconds),
    wallTime: formatSeconds(sum(({ ledger }) => ledger!.wallSeconds)),
    joules,
    energy: formatAmount('energyJ', joules),
  };
}

function trialsView(same: readonly Ran[]) {
  const { benchmark } = same[0]!;
  const keys = new Set(same.map(({ stage }) => stage.key));
  const home = benchmarkFolder(benchmark.name);
  const trials = benchmark.trials.filter(({ stageKeys }) => stageKeys.some((key) => keys.has(key)));
  return {
    title: benchmark.title,
    href: `${home}/index.html`,
    count: trials.length,
    trials: trials.map(({ id }) => ({ id, href: `${home}/trials/${slug(id)}.html` })),
  };
}
