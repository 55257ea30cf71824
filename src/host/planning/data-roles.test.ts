import { describe, expect, it } from 'vitest';
import { buildPlan } from './build-plan';
import { planInput } from './plan-input.test-helper';
import { workloadOf } from './workload';

describe('the data of a trial', () => {
  it('takes what a fraction leaves as the pool, on request, and skips trials that leave nothing', () => {
    const { benchmark } = planInput(['self-training']);
    const { plan } = buildPlan(
      planInput(['self-training'], { benchmark: { ...benchmark, pool: 'rest', stratified: true } }),
    );
    const pseudo = plan.stages.filter((stage) => stage.kind === 'pseudo-label');
    expect(pseudo.map(({ parameters }) => parameters.images)).toMatchObject([
      { role: 'labelled', fraction: 0.2, rest: true, stratified: true },
      { role: 'labelled', fraction: 0.2, rest: true, stratified: true },
    ]);
    const skipped = plan.trials.filter((trial) => trial.skipped !== undefined);
    expect(skipped.map(({ axes }) => axes.fraction)).toEqual([1, 1]);
    expect(skipped[0]!.skipped).toMatchObject({
      code: 'DATA_ROLE_MISSING',
      reason: expect.stringContaining('no labelled image is left') as string,
    });
  });

  it('holds labelled images out from teacher and student where a threshold is chosen by them', () => {
    const strategy = { use: 'self-training', options: { scoreThreshold: { heldOut: 0.25 } } };
    const { plan } = buildPlan(planInput([strategy]));
    const [trial] = plan.trials.filter(({ axes }) => axes.fraction === 0.2);
    const stages = plan.stages.filter(({ key }) => trial!.stageKeys.includes(key));
    const labels = stages.filter((stage) => stage.kind === 'pseudo-label');
    expect(labels[0]!.parameters.scoreThreshold).toMatchObject({
      images: { role: 'labelled', fraction: 0.2, after: expect.closeTo(0.15) as number },
    });
    const fractions = stages
      .filter((stage) => stage.kind === 'train')
      .flatMap(({ parameters }) => parameters.data)
      .filter(({ pseudoLabels }) => pseudoLabels === undefined)
      .map(({ selection }) => selection.fraction);
    expect(fractions).toEqual([expect.closeTo(0.15), expect.closeTo(0.15)]);
    // Choosing costs what detecting on those images costs.
    const context = {
      stages: new Map(plan.stages.map((stage) => [stage.key, stage])),
      images: (role: string) => ({ labelled: 100, unlabelled: 200 })[role],
    };
    expect(workloadOf(labels[0]!, context)!.images).toBe(205);

    const tooSmall = { use: 'self-training', options: { scoreThreshold: { heldOut: 0.01 } } };
    const { plan: refused } = buildPlan(planInput([tooSmall]));
    expect(refused.trials.find(({ axes }) => axes.fraction === 0.2)!.skipped).toMatchObject({
      reason: expect.stringContaining('0.01 of 20 images is none') as string,
    });
  });
});
