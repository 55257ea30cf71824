import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlannedStage } from '../../core/plan/stage';
import { Scheduler } from './scheduler';
import { keyOf, testPlan, type TestStage } from './plan.test-helper';

const stagesOf = (stages: Record<string, TestStage>): readonly PlannedStage[] => testPlan(stages).stages;
const on = (...needs: string[]): TestStage => ({ behaviour: 'succeed', needs });
const labels = (stages: readonly { stage: PlannedStage }[]): string[] =>
  stages.map(({ stage }) => stage.label);

describe('Scheduler', () => {
  it('starts the stage with the longest chain behind it first', () => {
    const work: Record<string, number> = { short: 3, long: 1, middle: 1, end: 5 };
    const stages = stagesOf({ short: on(), long: on(), middle: on('long'), end: on('middle') });
    const scheduler = new Scheduler(stages, new Set(), ({ label }) => work[label]!);
    expect(scheduler.start()?.label).toBe('long');
    expect(scheduler.start()?.label).toBe('short');
    expect(scheduler.start()).toBeUndefined();
    scheduler.finish(keyOf('long'));
    expect(scheduler.start()?.label).toBe('middle');
  });

  it('scores before it trains on, so that results are seen early', () => {
    const [train, score] = stagesOf({ train: on(), score: on() }) as [PlannedStage, PlannedStage];
    const detect = { ...score, kind: 'detect' } as PlannedStage;
    const scheduler = new Scheduler([train, detect], new Set(), ({ kind }) => (kind === 'detect' ? 1 : 100));
    expect(scheduler.start()?.label).toBe('score');
  });

  it('keeps the order of the plan among equals', () => {
    const scheduler = new Scheduler(stagesOf({ a: on(), b: on(), c: on() }), new Set(), () => 1);
    expect([scheduler.start(), scheduler.start(), scheduler.start()].map((stage) => stage?.label)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('does not run what is there, and runs what is missing though its children are there', () => {
    const stages = stagesOf({ a: on(), b: on('a'), c: on('b') });
    const scheduler = new Scheduler(stages, new Set([keyOf('a'), keyOf('c')]), () => 1);
    expect(scheduler.start()?.label).toBe('b');
    scheduler.finish(keyOf('b'));
    expect(scheduler.start()).toBeUndefined();
    expect(scheduler.settled).toBe(true);
  });

  it('blocks all that a failed stage leads to, once', () => {
    const stages = stagesOf({ a: on(), b: on(), ab: on('a', 'b'), end: on('ab', 'a'), other: on('b') });
    const scheduler = new Scheduler(stages, new Set(), () => 1);
    scheduler.start();
    scheduler.start();
    expect(labels(scheduler.fail(keyOf('a')))).toEqual(['ab', 'end']);
    scheduler.finish(keyOf('b'));
    expect(scheduler.start()?.label).toBe('other');
    expect(labels(scheduler.fail(keyOf('other')))).toEqual([]);
    expect(scheduler.settled).toBe(true);
  });

  it('starts a stage again that was put back', () => {
    const scheduler = new Scheduler(stagesOf({ a: on() }), new Set(), () => 1);
    scheduler.start();
    scheduler.retry(keyOf('a'));
    expect(scheduler.start()?.label).toBe('a');
  });

  it('refuses a plan with a child before its parent, and calls out of turn', () => {
    const stages = stagesOf({ a: on(), b: on('a') }).toReversed();
    expect(() => new Scheduler(stages, new Set(), () => 1)).toThrow('which does not precede it in the plan');
    const scheduler = new Scheduler(stagesOf({ a: on() }), new Set(), () => 1);
    expect(() => scheduler.finish(keyOf('a'))).toThrow('is ready, not running.');
  });

  it('on any graph, runs each stage at most once, after its parents, and accounts for all', () => {
    const graph = fc
      .array(
        fc.record({ parents: fc.array(fc.nat(), { maxLength: 3 }), fails: fc.boolean(), done: fc.boolean() }),
        {
          minLength: 1,
          maxLength: 25,
        },
      )
      .chain((nodes) => fc.record({ nodes: fc.constant(nodes), slots: fc.integer({ min: 1, max: 4 }) }));
    fc.assert(
      fc.property(graph, ({ nodes, slots }) => {
        const stages = stagesOf(
          Object.fromEntries(
            nodes.map(({ parents }, index) => [
              `s${index}`,
              on(...new Set(index === 0 ? [] : parents.map((parent) => `s${parent % index}`))),
            ]),
          ),
        );
        const done = new Set(stages.filter((_, index) => nodes[index]!.done).map(({ key }) => key));
        const ended = new Set(done);
        const scheduler = new Scheduler(stages, done, ({ label }) => label.length);
        const running: PlannedStage[] = [];
        const accounted = [...done];
        for (;;) {
          while (running.length < slots) {
            const stage = scheduler.start();
            if (stage === undefined) break;
            for (const parent of Object.values(stage.inputs)) expect(ended.has(parent)).toBe(true);
            running.push(stage);
          }
          const stage = running.shift();
          if (stage === undefined) break;
          accounted.push(stage.key);
          if (nodes[stages.indexOf(stage)]!.fails) {
            accounted.push(...scheduler.fail(stage.key).map((blocked) => blocked.stage.key));
          } else {
            ended.add(stage.key);
            scheduler.finish(stage.key);
          }
        }
        expect(scheduler.settled).toBe(true);
        expect(accounted.toSorted()).toEqual(stages.map(({ key }) => key).toSorted());
      }),
      { numRuns: 200 },
    );
  });
});
