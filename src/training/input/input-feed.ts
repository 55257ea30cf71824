import type { Logger } from '../../contract';
import type { ReadWatch } from '../../execution/read-watch';
import { createFiller, type FillInputs } from './fill-inputs';
import { createInputArrays, type InputArrays, type InputPlan } from './input-plan';
import { createThreadedFeed } from './threaded-feed';

/** A training stage's inputs, step by step. */
export interface InputFeed {
  /** Threads that prepare inputs; 0: the caller's own. */
  readonly threads: number;
  /** Seconds that preparing took so far, of all threads together. */
  readonly busySeconds: number;
  /** Inputs of the next step, all but the scalars. The arrays are filled anew after the next call. */
  next(): Promise<InputArrays>;
  /** Ends the threads. */
  close(): Promise<void>;
}

export interface InputFeedOptions {
  readonly plan: InputPlan;
  readonly logger: Logger;
  /** The first step to come, from 0, and the end of the steps. */
  readonly firstStep: number;
  readonly steps: number;
  readonly threads: number;
  /** The stage's watch over validation pictures; threads keep one each and tell it. */
  readonly watch?: ReadWatch;
}

/** The steps' pictures and targets; any step's follow from the plan and its number alone, whatever the threads. */
export function createInputFeed(options: InputFeedOptions): InputFeed {
  return options.threads === 0 ? ownThreadFeed(options) : createThreadedFeed(options);
}

function ownThreadFeed({ plan, logger, firstStep }: InputFeedOptions): InputFeed {
  const arrays = createInputArrays(plan);
  const pictures = arrays['images']!.shape[0]!;
  let fill: FillInputs | undefined;
  let step = firstStep;
  let busySeconds = 0;
  return {
    threads: 0,
    get busySeconds() {
      return busySeconds;
    },
    async next() {
      fill ??= createFiller(plan, logger);
      busySeconds += await fill(step++, arrays, 0, pictures);
      return arrays;
    },
    close: () => Promise.resolve(),
  };
}
