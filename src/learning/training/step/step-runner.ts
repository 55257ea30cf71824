import type { FlopCount } from '../../tensor/flops/flops';
import type { HostTensor, State, Step } from '../../tensor';
import { passStep, passesOf, positivesName, trainStep, updateStep } from './train-step';
import type { TrainingSetUp } from './training-set-up';

export type StepValues = Readonly<Record<string, HostTensor | number>>;

/** Runs whole training steps, in one pass or several. */
export interface StepRunner {
  /** Traces everything a step needs, and counts its FLOPs. */
  compile(inputs: StepValues): Promise<FlopCount>;
  /** @param isLogged whether the norm of the gradient is returned */
  run(inputs: StepValues, isLogged: boolean): Promise<Record<string, number>>;
}

/** A step without the gradient's norm saves some per cent, and costs as much to compile as many steps to run. */
const WORTH_A_SECOND_STEP = 5000;

/** @param steps how many remain */
export function createStepRunner(state: State, setUp: TrainingSetUp, steps: number): StepRunner {
  return passesOf(setUp) === 1 ? singlePass(state, setUp, steps) : severalPasses(state, setUp);
}

function singlePass(state: State, setUp: TrainingSetUp, steps: number): StepRunner {
  const logged = state.createStep(trainStep(setUp, { withNorm: true }));
  const plain =
    steps < WORTH_A_SECOND_STEP ? logged : state.createStep(trainStep(setUp, { withNorm: false }));
  return {
    // Both before the first one runs: a new trace means a new session.
    async compile(inputs) {
      await logged.flops(inputs);
      return plain.flops(inputs);
    },
    run: (inputs, isLogged) => runStep(isLogged ? logged : plain, inputs),
  };
}

function severalPasses(state: State, setUp: TrainingSetUp): StepRunner {
  const passes = passesOf(setUp);
  const pass = state.createStep(passStep(setUp));
  const update = state.createStep(updateStep(setUp));
  return {
    async compile(inputs) {
      const one = await pass.flops(cut(withPositives(inputs, setUp), setUp, 0));
      const last = await update.flops(scalarsOf(inputs));
      return {
        flops: one.flops * passes + last.flops,
        byKernel: add(one.byKernel, passes, last.byKernel),
        // Adding up a pass's gradients belongs to the update, and so does all of the last step.
        byPhase: add(one.byPhase, passes, { update: last.flops }),
        unknown: [...new Set([...one.unknown, ...last.unknown])].sort(),
      };
    },
    async run(inputs) {
      const mean: Record<string, number> = {};
      const whole = withPositives(inputs, setUp);
      for (let index = 0; index < passes; index++) {
        for (const [name, value] of Object.entries(await runStep(pass, cut(whole, setUp, index)))) {
          mean[name] = (mean[name] ?? 0) + value / passes;
        }
      }
      return { ...mean, ...(await runStep(update, scalarsOf(inputs))) };
    },
  };
}

async function runStep(step: Step, inputs: StepValues): Promise<Record<string, number>> {
  const outputs = await step.run(inputs);
  return Object.fromEntries(Object.entries(outputs).map(([name, { values }]) => [name, values[0]!]));
}

function scalarsOf(inputs: StepValues): StepValues {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => typeof value === 'number'));
}

/** With the positive anchors of each detection part: all passes divide their losses by those of the whole step. */
function withPositives(inputs: StepValues, { parts }: TrainingSetUp): StepValues {
  const counts = parts.flatMap((_, part): [string, number][] => {
    const targets = inputs[`classTargets.${part}`];
    if (targets === undefined || typeof targets === 'number') return [];
    const scores = inputs[`scores.${part}`];
    const score = (anchor: number) => (typeof scores === 'object' ? scores.values[anchor]! : 1);
    let positives = 0;
    targets.values.forEach((target, anchor) => {
      if (target >= 0) positives += score(anchor);
    });
    return [[positivesName(part), positives]];
  });
  return { ...inputs, ...Object.fromEntries(counts) };
}

/** A pass's share of a step's inputs: of every part as many images, in the order of the parts. */
function cut(inputs: StepValues, setUp: TrainingSetUp, index: number): StepValues {
  const passes = passesOf(setUp);
  let offset = 0;
  const ranges = setUp.parts.map(({ images }) => {
    const count = images / passes;
    const range = { first: offset + index * count, count };
    offset += images;
    return range;
  });
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]): [string, HostTensor | number] => {
      if (typeof value === 'number') return [name, value];
      const part = /\.(\d+)$/.exec(name)?.[1];
      if (part === undefined) return [name, rowsOf(value, ranges)];
      const { count } = ranges[Number(part)]!;
      return [name, rowsOf(value, [{ first: index * count, count }])];
    }),
  );
}

function rowsOf(
  { dtype, shape, values }: HostTensor,
  ranges: readonly { first: number; count: number }[],
): HostTensor {
  const row = values.length / shape[0]!;
  const count = ranges.reduce((sum, range) => sum + range.count, 0);
  const target = values.slice(0, count * row);
  let offset = 0;
  for (const range of ranges) {
    target.set(values.subarray(range.first * row, (range.first + range.count) * row), offset);
    offset += range.count * row;
  }
  return { dtype, shape: [count, ...shape.slice(1)], values: target };
}

function add(
  one: Readonly<Record<string, number>>,
  times: number,
  last: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...last };
  for (const [kernel, flops] of Object.entries(one)) sum[kernel] = (sum[kernel] ?? 0) + times * flops;
  return sum;
}
