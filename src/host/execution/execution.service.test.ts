import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ExecutionModule } from './execution.module';
import { ExecutionService } from './execution.service';
import { temporaryFolder, testOptions, testPlan } from './plan.test-helper';

let workspace: string;
let remove: () => void;
beforeEach(() => ({ path: workspace, remove } = temporaryFolder()));
afterEach(() => remove());

it('stops its runs when the host shuts down', async () => {
  const host = await NestFactory.createApplicationContext(ExecutionModule, { logger: false });
  const plan = testPlan({ long: { behaviour: 'count', steps: 10_000, stepMs: 10 } });
  let started = (): void => undefined;
  const running = new Promise<void>((resolve) => (started = resolve));
  const run = host
    .get(ExecutionService)
    .run(plan, { ...testOptions(workspace), listeners: [{ stageProgress: () => started() }] });
  await running;
  await host.close();
  expect(await run).toMatchObject({ status: 'cancelled', cancelled: true });
});
