import { createFiller, type FillInputs } from './fill-inputs';
import { createInputArrays } from './input-plan';
import { createThreadedFeed } from './threaded-feed';
import { type InputFeed, type InputFeedOptions } from './feed';

/** The steps' images and targets; any step's follow from the plan and its number alone, whatever the threads. */
export function createInputFeed(options: InputFeedOptions): InputFeed {
  return options.threads === 0 ? ownThreadFeed(options) : createThreadedFeed(options);
}

function ownThreadFeed({ plan, logger, firstStep }: InputFeedOptions): InputFeed {
  const arrays = createInputArrays(plan);
  const images = arrays['images']!.shape[0]!;
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
      busySeconds += await fill(step++, arrays, 0, images);
      return arrays;
    },
    close: () => Promise.resolve(),
  };
}
