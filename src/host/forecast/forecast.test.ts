import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlannedStage, StageWork } from '../../core/plan/stage';
import { formatOverLimit } from '../../cli/format/format-forecast';
import { emptyLedger } from '../../core/plan/ledger';
import { detectorSpec } from '../../core/plan/detector-spec';
import { scheduleSpec } from '../../core/plan/schedule';
import {
  type MachineCalibration,
  calibrationFile,
  describeMachine,
  readCalibration,
  saveCalibration,
} from './calibration';
import { calibrationProbes } from './calibration-plan';
import { checkForecast, readForecasts, recordForecast } from './compare';
import { forecastPlan } from './forecast';
import { workloadOf } from '../planning/workload';

const detector = detectorSpec.parse({ backbone: { type: 'plain' }, size: 64, maxLevel: 5, fpnChannels: 16 });
const selection = (role: 'labelled' | 'unlabelled' | 'validation') => ({
  role,
  datasetDigest: role,
  fraction: 1,
  splitSeed: 0,
});
const head = { name: 'main', type: 'detection', categories: 3 } as const;

const stage = (key: string, work: StageWork, inputs: Record<string, string> = {}): PlannedStage => ({
  ...work,
  key,
  label: key,
  seed: 0,
  inputs,
});
const train = (key: string, schedule: object = {}, inputs?: Record<string, string>): PlannedStage =>
  stage(
    key,
    {
      kind: 'train',
      parameters: {
        detector,
        schedule: scheduleSpec.parse({ steps: 100, batch: 8, ...schedule }),
        data: [{ selection: selection('labelled'), head, share: 1, weight: 1 }],
      },
    },
    inputs,
  );
const detect = (from: string) =>
  stage(
    `${from}-detect`,
    { kind: 'detect', parameters: { detector, images: selection('validation'), head: 'main', from: 'd' } },
    { d: from },
  );
const evaluate = (from: string) =>
  stage(
    `${from}-evaluate`,
    { kind: 'evaluate', parameters: { truth: selection('validation'), detections: 'd' } },
    { d: `${from}-detect` },
  );
const custom = stage('mine', {
  kind: 'custom',
  parameters: {
    plugin: { kind: 'init', name: 'mine', options: {}, codeDigest: '' },
    name: 'mine',
    parameters: {},
  },
});

const plan = [train('a'), detect('a'), evaluate('a'), train('b', { learningRate: 0.1, steps: 300 })];
const imageCountOf = (role: string) => ({ labelled: 200, validation: 50 })[role];
const context = { stages: new Map(plan.map((each) => [each.key, each])), images: imageCountOf };
const machine = describeMachine(
  { backend: 'tensorflow', version: 'TensorFlow 0', precision: 'float32', threads: 1 },
  2,
);
const calibration: MachineCalibration = {
  schemaVersion: 1,
  machine,
  measuredAt: '2026-01-01T00:00:00.000Z',
  wallSeconds: 60,
  workloads: [
    {
      key: workloadOf(plan[0]!, context)!.key,
      kind: 'train',
      network: workloadOf(plan[0]!, context)!.network,
      flopsPerUnit: workloadOf(plan[0]!, context)!.flopsPerUnit,
      deviceSecondsPerUnit: 0.01,
      secondsPerUnit: 0.02,
      overheadSeconds: 3,
      watts: 10,
    },
    {
      key: workloadOf(plan[1]!, context)!.key,
      kind: 'inference',
      network: workloadOf(plan[1]!, context)!.network,
      flopsPerUnit: 1e6,
      deviceSecondsPerUnit: 0.001,
      secondsPerUnit: 0.002,
      overheadSeconds: 1,
    },
    {
      key: 'evaluate',
      kind: 'evaluate',
      network: '',
      flopsPerUnit: 0,
      deviceSecondsPerUnit: 0,
      secondsPerUnit: 0.001,
      overheadSeconds: 0.5,
    },
  ],
};

describe('a forecast', () => {
  it('is overhead and units of what was measured, whatever the length and the rate of the schedule', () => {
    const { stages, whole } = forecastPlan(plan, imageCountOf, calibration, { slots: 1, done: new Set() });
    expect(stages.map(({ basis }) => basis)).toEqual(['measured', 'measured', 'measured', 'measured']);
    expect(stages[0]).toMatchObject({ deviceSeconds: 1, wallSeconds: 5, energyJ: 50 });
    expect(stages[3]).toMatchObject({ deviceSeconds: 3, wallSeconds: 9 });
    // 5 + (1 + 50 × .002) + (.5 + 50 × .001) + 9
    expect(whole.wallSeconds).toBeCloseTo(15.65, 6);
    expect(whole).toMatchObject({ unknown: 0, byRate: 0, images: 800 + 50 + 2400, energyJ: null });
  });

  it('names stages that would take longer than they may', () => {
    const limited = [
      { ...plan[0]!, timeLimitSeconds: 4 },
      { ...plan[3]!, timeLimitSeconds: 60 },
    ];
    const { stages } = forecastPlan(limited, imageCountOf, calibration, { slots: 1, done: new Set() });
    expect(formatOverLimit(stages)).toEqual([
      '1 stage is forecast to take longer than the limit: a 5.00 s, limit 4.00 s; raise limits.stageMinutes in the benchmark file',
    ]);
    expect(formatOverLimit(stages.slice(1))).toEqual([]);
  });

  it('spreads over the slots, and leaves out what is done', () => {
    const { whole, remaining } = forecastPlan(plan, imageCountOf, calibration, {
      slots: 2,
      done: new Set(['a', 'b']),
    });
    expect(whole.wallSeconds).toBeCloseTo(9, 6);
    expect(remaining.stages).toBe(2);
    expect(remaining.wallSeconds).toBeCloseTo(1.65, 6);
  });

  it('is the same of what remains where it alone is asked for', () => {
    const setting = { slots: 2, done: new Set(['a', 'b']) };
    const whole = forecastPlan(plan, imageCountOf, calibration, setting);
    const left = plan.filter(({ key }) => !setting.done.has(key));
    const { stages, remaining } = forecastPlan(plan, imageCountOf, calibration, setting, left);
    expect(remaining).toEqual(whole.remaining);
    expect(stages).toEqual(whole.stages.filter(({ key }) => !setting.done.has(key)));
  });

  it('goes by the rate of the most similar workload where its own was not measured', () => {
    const twice = train('c', { batch: 16 });
    const [row] = forecastPlan([twice], imageCountOf, calibration, { slots: 1, done: new Set() }).stages;
    expect(row!.basis).toBe('rate');
    const ratio = workloadOf(twice, context)!.flopsPerUnit / workloadOf(plan[0]!, context)!.flopsPerUnit;
    expect(row!.deviceSeconds).toBeCloseTo(100 * 0.01 * ratio, 9);
  });

  it('counts FLOPs and bytes without a calibration, and knows no time', () => {
    const { whole } = forecastPlan(plan, imageCountOf, undefined, { slots: 2, done: new Set() });
    expect(whole.flops).toBeGreaterThan(0);
    expect(whole.bytes).toBeGreaterThan(0);
    expect(whole).toMatchObject({ deviceSeconds: null, wallSeconds: null, energyJ: null });
  });

  it('says of how many stages nothing is known', () => {
    const { whole, stages } = forecastPlan([...plan, custom], imageCountOf, calibration, {
      slots: 1,
      done: new Set(),
    });
    expect(whole.unknown).toBe(1);
    expect(stages.at(-1)).toMatchObject({ basis: 'unknown', flops: null, wallSeconds: null });
  });
});

describe('probes', () => {
  it('are one for each kind of training, the dearest first, one for each network and one for scoring', () => {
    const other = train('c', { batch: 32, steps: 500 });
    const probes = calibrationProbes({ stages: [...plan, other] }, context, new Set());
    expect(probes.map(({ kind }) => kind)).toEqual(['train', 'train', 'inference', 'evaluate']);
    expect(probes[0]!.key).toBe(workloadOf(other, context)!.key);
    const [first] = probes;
    expect(first!.stage.kind === 'train' && first!.stage.parameters.schedule.steps).toBe(first!.units);
    expect(calibrationProbes({ stages: plan }, context, new Set(probes.map(({ key }) => key)))).toEqual([]);
  });

  it('detect as the plan does, not with the defaults that training is told', () => {
    const own = { ...detector, inference: { ...detector.inference, boxDecoding: 'exact' as const } };
    const detects = stage(
      'own',
      {
        kind: 'detect',
        parameters: { detector: own, images: selection('validation'), head: 'main', from: 'd' },
      },
      { d: 'a' },
    );
    const probes = calibrationProbes({ stages: [train('a'), detects] }, context, new Set());
    expect(probes.map(({ kind }) => kind)).toEqual(['train', 'inference', 'evaluate']);
    expect(probes[1]!.key).toBe(workloadOf(detects, context)!.key);
  });

  it('train on data of the same task where there are no pseudo-labels yet', () => {
    const kinds = { type: 'classification', categories: 7 } as const;
    const uses = (data: StageWork & { kind: 'train' }) => data.parameters.data;
    const learns = (key: string, name: string, rest: object) => {
      const { detector, schedule } = (plan[0] as StageWork & { kind: 'train' }).parameters;
      const use = {
        selection: selection('unlabelled'),
        share: 1,
        weight: 1,
        ...rest,
        head: { name, ...kinds },
      };
      return stage(key, { kind: 'train', parameters: { detector, schedule, data: [use] } });
    };
    const student = learns('student', 'pseudo', { pseudoLabels: 'labels', share: 0.5 });
    const teacher = learns('teacher', 'main', {
      selection: { ...selection('labelled'), role: 'classification' },
    });
    const probes = calibrationProbes({ stages: [student, plan[0]!, teacher] }, context, new Set());
    const probe = probes.find(({ key }) => key === workloadOf(student, context)!.key)!;
    expect(uses(probe.stage as StageWork & { kind: 'train' })[0]!.selection.role).toBe('classification');
  });

  it('are made smaller where a step would take too long', () => {
    const huge = stage('huge', {
      kind: 'train',
      parameters: {
        detector: detectorSpec.parse({ backbone: { type: 'efficientnet', width: 2, depth: 3.1 } }),
        schedule: scheduleSpec.parse({ steps: 1000, batch: 256, microBatch: 8 }),
        data: [{ selection: selection('labelled'), head, share: 1, weight: 1 }],
      },
    });
    const [probe] = calibrationProbes({ stages: [huge] }, context, new Set());
    expect(probe!.scaled).toBe('2 × 128 px');
    expect(probe!.key).toBe(workloadOf(huge, context)!.key);
    expect(probe!.flopsPerUnit).toBeLessThan(workloadOf(huge, context)!.flopsPerUnit / 1000);
  });
});

describe('what is kept', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'forecast-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is a calibration, for this machine with these versions alone', () => {
    expect(readCalibration(folder, machine)).toBeUndefined();
    saveCalibration(folder, calibration, undefined);
    expect(readCalibration(folder, machine)).toEqual(calibration);
    expect(readCalibration(folder, { ...machine, engine: 'TensorFlow 1' })).toBeUndefined();
    expect(readCalibration(folder, { ...machine, slots: 3 })).toBeUndefined();
    const [one, ...rest] = calibration.workloads;
    saveCalibration(folder, { ...calibration, workloads: [{ ...one!, secondsPerUnit: 9 }] }, calibration);
    expect(readCalibration(folder, machine)!.workloads).toEqual([...rest, { ...one!, secondsPerUnit: 9 }]);
    writeFileSync(calibrationFile(folder), '{');
    expect(() => readCalibration(folder, machine)).toThrow(/cannot be read/);
  });

  it('are forecasts of stages to run, which their ledgers are held against', () => {
    const forecast = forecastPlan([...plan, custom], imageCountOf, calibration, {
      slots: 1,
      done: new Set(),
    });
    recordForecast(folder, 'x', forecast, new Set(['b']));
    recordForecast(folder, 'x', forecast, new Set(['a']));
    const kept = readForecasts(folder, 'x');
    expect(Object.keys(kept).sort()).toEqual(['a', 'a-detect', 'a-evaluate', 'b']);
    const check = checkForecast(kept, [
      { key: 'a', ledger: { ...emptyLedger, flops: 7, deviceSeconds: 2, wallSeconds: 4 } },
      { key: 'b' },
      { key: 'other', ledger: { ...emptyLedger, deviceSeconds: 9 } },
    ]);
    expect(check).toMatchObject({
      stages: 1,
      forecast: { deviceSeconds: 1, wallSeconds: 5 },
      actual: { flops: 7, deviceSeconds: 2, wallSeconds: 4 },
    });
    expect(checkForecast({}, [])).toBeUndefined();
  });
});
