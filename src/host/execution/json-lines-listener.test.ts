import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JsonLinesListener } from './json-lines-listener';
import { runTest, temporaryFolder } from './plan.test-helper';

let workspace: string;
let remove: () => void;
beforeEach(() => ({ path: workspace, remove } = temporaryFolder()));
afterEach(() => remove());

it('writes each event as a line of JSON', async () => {
  const stream = new PassThrough({ highWaterMark: 1 << 20 });
  await runTest(
    workspace,
    {
      good: { behaviour: 'count', steps: 1 },
      bad: { behaviour: 'throw' },
      after: { behaviour: 'succeed', needs: ['bad'] },
    },
    { slots: 1, listeners: [new JsonLinesListener(stream)] },
  );
  const events = (stream.read() as Buffer)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; time: string; stage?: { label: string } });
  expect(events.map(({ event, stage }) => (stage ? `${event} ${stage.label}` : event))).toEqual([
    'runStarted',
    'stageStarted bad',
    'stageFailed bad',
    'stageBlocked after',
    'stageStarted good',
    'stageProgress good',
    'stageFinished good',
    'runFinished',
  ]);
  expect(events.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true);
});
