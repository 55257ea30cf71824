import { imagesOf, type InputPlan } from './input-plan';

/**
 * Below so many pixels a stage's own thread has prepared them all before another thread has loaded its code (0.5 s of
 * one core).
 */
const worthAThread = 20e6;
/** Each has a heap of some 50 MB. */
const mostThreads = 16;

/**
 * How many threads prepare a stage's inputs: one for each core but the one that drives the device, and one where
 * there is no other core: it saves no time in total there, but works while the device's thread waits.
 *
 * @param steps that are to come
 * @param cores that the stage can count on
 */
export function countInputThreads(plan: InputPlan, steps: number, cores: number): number {
  const pixels = steps * imagesOf(plan.parts) * plan.size ** 2;
  return pixels < worthAThread ? 0 : Math.max(1, Math.min(mostThreads, cores - 1));
}
