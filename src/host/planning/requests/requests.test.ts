import { expect, it } from 'vitest';
import { parseSelection } from '../../benchmark/selectors';
import { buildPlan } from '../build-plan';
import { planInput, writePlugin } from '../plan-input.test-helper';

const train = (rest: string) =>
  `return context.stages.train({ from: context.init, data: [context.data.labelled], ${rest} });`;
const contrast = (settings: string) =>
  train(`data: [{ data: context.data.unlabelled, contrast: { ${settings} } }]`);
const pseudo = (rest: string) =>
  `const detector = context.stages.train({ from: context.init, data: [context.data.labelled] });
   const labels = context.stages.pseudoLabel({ detector, images: context.data.unlabelled, scoreThreshold: 0.5, ${rest} });
   return context.stages.train({ from: context.init, data: [labels] });`;
const custom = (rest: string) =>
  `return context.stages.custom('mine', { run: async () => {}, ${rest} }).detector;`;

it.each([
  [train("from: { type: 'weights', id: 'x' }"), '"from" must be weights returned by a stage of this trial.'],
  [train('data: []'), '"data" must not be empty.'],
  [train('data: [context.data.unlabelled]'), '"data[0]" must have labels or pseudo-labels.'],
  [train('data: [{ data: context.data.labelled, share: 0 }]'), '"data[0].share" must be above 0, got 0.'],
  [train('schedule: { steps: -1 }'), '"schedule.steps" must be above 0, got -1.'],
  [contrast('temperature: 0'), '"data[0].contrast.temperature" must be above 0, got 0.'],
  [contrast('momentum: 0.9'), '"data[0].contrast.momentum" requires queue.'],
  [contrast('queue: 8, momentum: 1'), '"data[0].contrast.momentum" must be below 1, got 1.'],
  [pseudo('scoreThreshold: 2'), '"scoreThreshold" must be at most 1, got 2.'],
  [pseudo('ignoreThreshold: 0.6'), '"ignoreThreshold" must not be above scoreThreshold.'],
  [
    pseudo('scoreThreshold: { heldOut: context.data.unlabelled }'),
    '"scoreThreshold.heldOut" must be labelled images held out by holdOut().',
  ],
  ['context.stages.holdOut(context.data.unlabelled, 0.5);', '"data" must be a complete labelled data set.'],
  ['context.stages.holdOut(context.data.labelled, 1);', '"share" must be below 1, got 1.'],
  [
    'context.stages.oracleLabel({ images: context.data.labelled });',
    '"images" must be the unlabelled images.',
  ],
  [custom("inputs: { 'host:x': context.init }"), '"inputs["host:x"]" must not begin with "host:".'],
  [custom('run: 1'), '"run" must be a function.'],
  [custom('trainer: { from: context.init, batches: [] }'), '"trainer.batches" must not be empty.'],
])('refuses %s', (body, message) => {
  const name = `refused-${message.toLowerCase().replace(/[^a-z0-9]/g, '')}`;
  writePlugin(name, body);
  const selection = parseSelection(['init=random,fraction=1']);
  expect(buildPlan(planInput([name], { selection })).plan.trials[0]!.skipped).toEqual({
    code: 'PLAN_REQUEST',
    reason: `Strategy "${name}": ${message}`,
  });
});

it('asks an oracle only where somebody knows the labels of the pool', () => {
  const selection = parseSelection(['init=random', 'fraction=0.2']);
  const given = planInput(['oracle'], { selection });
  const trialOf = (changes: object) => buildPlan({ ...given, ...changes }).plan.trials[0]!;
  expect(trialOf({}).skipped).toMatchObject({ code: 'ORACLE_NO_TRUTH' });
  const unlabelled = { ...given.data.unlabelled!, truth: 'digest' };
  expect(trialOf({ data: { ...given.data, unlabelled } }).skipped).toBeUndefined();
  expect(trialOf({ benchmark: { ...given.benchmark, pool: 'rest' } }).skipped).toBeUndefined();
});
