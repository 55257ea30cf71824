import { describe, expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import SelfTraining from './index';

describe('self-training', () => {
  it('plans teacher, pseudo-labels at 0.5 and a student on both from the teacher’s weights', () => {
    const context = planContext();
    const student = makePlugin(SelfTraining).plan(context);
    const [teacher, pseudo, last] = context.stages.requests;
    expect(teacher).toMatchObject({ stage: 'train', from: context.init, data: [context.data.labelled] });
    expect(pseudo).toMatchObject({
      stage: 'pseudo-label',
      detector: { id: teacher?.result },
      images: context.data.unlabelled,
      scoreThreshold: 0.5,
    });
    expect(last).toMatchObject({
      stage: 'train',
      from: { id: teacher?.result },
      data: [context.data.labelled, { data: { id: pseudo?.result }, share: 1 }],
      normaliseLosses: { alpha: 1 },
    });
    expect(student.id).toBe(last?.result);
    expect(context.stages.requests).toHaveLength(3);
  });

  it('makes the student of a round the teacher of the next', () => {
    const context = planContext();
    makePlugin(SelfTraining, { rounds: 2 }).plan(context);
    const [, , first, pseudo] = context.stages.requests;
    expect(pseudo).toMatchObject({ stage: 'pseudo-label', detector: { id: first?.result } });
    expect(context.stages.requests).toHaveLength(5);
  });

  it('holds labelled images out to choose the threshold by', () => {
    const context = planContext();
    makePlugin(SelfTraining, { scoreThreshold: { heldOut: 0.2, precision: 0.7 } }).plan(context);
    const [teacher, pseudo, student] = context.stages.requests;
    const kept = { role: 'labelled', size: 80 };
    expect(teacher).toMatchObject({ data: [kept] });
    expect(pseudo).toMatchObject({
      scoreThreshold: { heldOut: { role: 'labelled', size: 20 }, precision: 0.7 },
    });
    expect(student).toMatchObject({ data: [kept, { share: 1 }] });
    expect(() => makePlugin(SelfTraining, { scoreThreshold: { heldOut: 1 } })).toThrow(/heldOut/);
  });

  it('can start the student from the init', () => {
    const context = planContext();
    makePlugin(SelfTraining, { studentFrom: 'init' }).plan(context);
    expect(context.stages.requests.at(-1)).toMatchObject({ from: context.init });
  });
});
