import { availableParallelism } from 'node:os';
import { picturesOf, type InputPlan } from './input-plan';

/** Below so many pixels a stage's own thread prepares them all before another one has started. */
const worthAThread = 20e6;
const mostThreads = 16;

/**
 * How many threads prepare a stage's inputs, by what it may use.
 *
 * @param steps that are to come
 * @param wanted set by hand; else one for each of the stage's cores but the one that drives the device
 */
export function countInputThreads(plan: InputPlan, steps: number, wanted?: number): number {
  if (wanted !== undefined) return wanted;
  const pixels = steps * picturesOf(plan.parts) * plan.size ** 2;
  if (pixels < worthAThread) return 0;
  return Math.max(1, Math.min(mostThreads, availableParallelism() - 1));
}
