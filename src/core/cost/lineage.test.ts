import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyLedger, type Ledger } from '../plan/ledger';
import { lineageCosts, type LineageStage, type LineageTrial } from './lineage';
import type { StageKind } from '../plan/stage';

const ledger = (flops: number, more: Partial<Ledger> = {}): Ledger => ({
  ...emptyLedger,
  flops,
  deviceSeconds: flops / 10,
  wallSeconds: flops / 5,
  ...more,
});
const stage = (key: string, kind: StageKind, parents: string[], spent?: Ledger): LineageStage => ({
  key,
  kind,
  parents,
  ledger: spent,
});

/**
 * pre-train (100) ─ teacher (40) ─┬─ detect T ─ evaluate T            trial `supervised`
 *                                 └─ pseudo (6) ─ student (50) ─ …    trial `self-training`, which also reads teacher
 */
const stages = [
  stage('pre', 'train', [], ledger(100)),
  stage('teacher', 'train', ['pre'], ledger(40)),
  stage('pseudo', 'pseudo-label', ['teacher'], ledger(6)),
  stage('student', 'train', ['teacher', 'pseudo'], ledger(50)),
  stage('detectT', 'detect', ['teacher'], ledger(3)),
  stage('evaluateT', 'evaluate', ['detectT'], ledger(0, { wallSeconds: 1 })),
  stage('detectS', 'detect', ['student'], ledger(3)),
  stage('evaluateS', 'evaluate', ['detectS'], ledger(0, { wallSeconds: 1 })),
];
const trials: LineageTrial[] = [
  { id: 'supervised', stageKeys: ['evaluateT'] },
  { id: 'self-training', stageKeys: ['evaluateS'] },
];

describe('lineageCosts', () => {
  it('charges the whole lineage, its share, or only what the trial added', () => {
    const costs = lineageCosts(stages, trials);
    const [supervised, selfTraining] = [costs.get('supervised')!, costs.get('self-training')!];
    expect(supervised.full.flops).toBe(140);
    expect(supervised.amortised.flops).toBe(70);
    expect(supervised.marginal.flops).toBe(0);
    expect(selfTraining.full).toMatchObject({ flops: 196, deviceSeconds: 19.6, wallSeconds: 39.2 });
    expect(selfTraining.amortised.flops).toBe(70 + 56);
    expect(selfTraining.marginal.flops).toBe(56);
  });

  it('keeps scoring apart, whose cost is in no policy', () => {
    const { scoring, stages: rows } = lineageCosts(stages, trials).get('supervised')!;
    expect(scoring).toMatchObject({ flops: 3, wallSeconds: 1.6 });
    expect(rows.filter((row) => !row.charged).map((row) => row.key)).toEqual(['detectT', 'evaluateT']);
  });

  it('counts a stage once that is reached by two ways, parents first', () => {
    const { stages: rows } = lineageCosts(stages, trials).get('self-training')!;
    expect(rows.map((row) => [row.key, row.users])).toEqual([
      ['pre', 2],
      ['teacher', 2],
      ['pseudo', 1],
      ['student', 1],
      ['detectS', 1],
      ['evaluateS', 1],
    ]);
  });

  it('marks what somebody else paid, and that they gave no time', () => {
    const checkpoint = stage('b7', 'checkpoint', [], {
      ...emptyLedger,
      flops: 1000,
      declared: true,
      source: 'paper, table 1',
    });
    const cost = lineageCosts(
      [checkpoint, stage('train', 'train', ['b7'], ledger(10))],
      [{ id: 't', stageKeys: ['train'] }],
    ).get('t')!;
    expect(cost.full.flops).toBe(1010);
    expect(cost.declared.flops).toBe(1000);
    expect(cost.declaredWithoutTime).toEqual(['b7']);
  });

  it('says which stages have not run, and which kernels were not counted', () => {
    const cost = lineageCosts(
      [
        stage('a', 'train', [], ledger(5, { unknownKernels: { Mystery: 3 } })),
        stage('b', 'train', ['a']),
        stage('c', 'detect', ['b']),
      ],
      [{ id: 't', stageKeys: ['c'] }],
    ).get('t')!;
    expect(cost.missing).toEqual(['b', 'c']);
    expect(cost.unknownKernels).toEqual({ Mystery: 3 });
    expect(cost.full.flops).toBe(5);
  });

  it('knows energy only where every charged stage has it, and money only with factors', () => {
    const measured = { energy: { joules: 7.2e6, method: 'RAPL' } };
    const [both, one] = [
      [
        stage('a', 'train', [], ledger(36_000, measured)),
        stage('b', 'train', ['a'], ledger(36_000, measured)),
      ],
      [stage('a', 'train', [], ledger(36_000, measured)), stage('b', 'train', ['a'], ledger(36_000))],
    ].map((graph) =>
      lineageCosts(graph, [{ id: 't', stageKeys: ['b'] }], {
        currency: 'EUR',
        moneyPerDeviceHour: 2,
        moneyPerKilowattHour: 0.5,
      }).get('t')!,
    );
    // 2 × 3,600 device seconds at 2 an hour, 2 × 2 kWh at .5
    expect(both!.full).toMatchObject({ energyJ: 14.4e6, money: 6 });
    expect(one!.full).toMatchObject({ energyJ: null, money: null });
    expect(lineageCosts(stages, trials).get('supervised')!.full.money).toBeNull();
  });

  it('refuses a hole and a circle', () => {
    const hole = [stage('b', 'train', ['a'], ledger(1))];
    expect(() => lineageCosts(hole, [{ id: 't', stageKeys: ['b'] }])).toThrow(/b depends on stage a/);
    const circle = [stage('a', 'train', ['b'], ledger(1)), stage('b', 'train', ['a'], ledger(1))];
    expect(() => lineageCosts(circle, [{ id: 't', stageKeys: ['b'] }])).toThrow(/descends from itself/);
  });

  it('shares out exactly what ran: amortised costs add up to it, marginal ≤ amortised ≤ full', () => {
    const graph = fc
      .array(fc.tuple(fc.nat(1000), fc.array(fc.nat(), { maxLength: 3 }), fc.boolean()), { minLength: 1 })
      .map((nodes) =>
        nodes.map(([flops, parents, scores], index) =>
          stage(
            String(index),
            scores ? 'detect' : 'train',
            index === 0 ? [] : parents.map((parent) => String(parent % index)),
            ledger(flops, {
              energy: { joules: 3 * flops, method: 'RAPL' },
              // Weights from elsewhere, whose making has no joules, are shared out like everything else.
              ...(flops % 5 === 0 ? { declared: true, flops: 0 } : {}),
            }),
          ),
        ),
      );
    const factors = { currency: 'EUR', moneyPerDeviceHour: 2, gramsCO2ePerKilowattHour: 475 };
    fc.assert(
      fc.property(graph, fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), (nodes, ends) => {
        const many = ends.map((end, index) => ({
          id: String(index),
          stageKeys: [String(end % nodes.length)],
        }));
        const costs = [...lineageCosts(nodes, many, factors).values()];
        const used = new Map(
          costs.flatMap((cost) => cost.stages.map((row) => [row.key, row.charged ? row.cost.flops : 0])),
        );
        const ran = [...used.values()].reduce((sum, flops) => sum + flops, 0);
        const charged = costs.reduce((sum, cost) => sum + cost.amortised.flops, 0);
        expect(charged).toBeCloseTo(ran, 6);
        const once = new Map(costs.flatMap((cost) => cost.stages.map((row) => [row.key, row])));
        for (const metric of ['deviceSeconds', 'wallSeconds', 'energyJ', 'money', 'carbonG'] as const) {
          const spent = [...once.values()].reduce(
            (sum, stage) => sum + (stage.charged ? stage.cost[metric]! : 0),
            0,
          );
          const shared = costs.reduce((sum, cost) => sum + cost.amortised[metric]!, 0);
          expect(shared).toBeCloseTo(spent, 6);
        }
        for (const { marginal, amortised, full } of costs) {
          for (const metric of [
            'flops',
            'deviceSeconds',
            'wallSeconds',
            'energyJ',
            'money',
            'carbonG',
          ] as const) {
            expect(marginal[metric]!).toBeLessThanOrEqual(amortised[metric]! + 1e-9);
            expect(amortised[metric]!).toBeLessThanOrEqual(full[metric]! + 1e-9);
          }
        }
      }),
    );
  });
});
