import { describe, expect, it } from 'vitest';
import { benchInference } from './inference';
import { summariseTimes } from './measure';
import { parseSpeedOptions } from './options';
import { benchTraining } from './training';

const tiny = { backbone: 'plain', width: '0.25', size: '32', batch: '2', steps: '2', warmup: '1' };

describe('options of the benchmarks of speed', () => {
  it('have defaults', () => {
    expect(parseSpeedOptions({})).toMatchObject({ backbone: 'efficientnet-b0', size: 224, batch: 4 });
  });

  it.each([
    [
      { backbone: 'efficientnet-b9' },
      '--backbone: "efficientnet-b9" is unknown.',
      'Did you mean "efficientnet-b0"?',
    ],
    [{ detector: 'retinanett' }, '--detector: "retinanett" is unknown.', 'Did you mean "retinanet"?'],
    [{ size: 'wide' }, '--size: must be an integer.'],
    [{ batch: '0' }, '--batch: must be an integer of at least 1.'],
    [{ width: '-1' }, '--width: must be a number above 0.'],
    [{ backbone: 'plain', depth: '2' }, '--depth: plain has no depth multiplier'],
    [{ batch: '4', microBatch: '3' }, '--micro-batch: 3 does not divide the batch of 4'],
    [{ sise: '4' }, 'There is no option "sise".'],
  ])('%j are refused', (given, message, hint?: string) => {
    expect(() => parseSpeedOptions(given)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message) as string,
        ...(hint !== undefined && { hint }),
      }) as Error,
    );
  });
});

it('a median of an even number of times lies between the two in the middle', () => {
  expect(summariseTimes([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(summariseTimes([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
});

describe('measured steps', () => {
  it.each([
    {},
    { detector: 'retinanet', fpnChannels: '8', headConvolutions: '1', classes: '3' },
    { microBatch: '1' },
  ])('of a tiny network with %j train it', async (more) => {
    const speed = await benchTraining(parseSpeedOptions({ ...tiny, ...more }));
    expect(speed).toMatchObject({ threads: 1, compiled: true, unknownKernels: [] });
    expect(speed.backend).toMatch(/^tensorflow/);
    expect(speed.stepMs.min).toBeLessThanOrEqual(speed.stepMs.median);
    expect(speed.forwardMs.min).toBeGreaterThan(0);
    expect(speed.flops).toBeGreaterThan(0);
    expect(speed.loss).toBeGreaterThan(0);
    expect(speed.peakMemoryBytes).toBeGreaterThan(1e7);
  });

  it('from images to detections', async () => {
    const speed = await benchInference(
      parseSpeedOptions({ ...tiny, fpnChannels: '8', headConvolutions: '1', classes: '90' }),
    );
    expect(speed.detections).toBeGreaterThan(0);
    expect(speed.batchMs.median).toBeGreaterThan(0);
  });
});
