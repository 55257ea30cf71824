import type { PluginTemplate } from './template';

export const strategyTemplate: PluginTemplate = ({ name, className }) => ({
  'index.ts': `import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  OPTIONS,
  type PluginManifest,
  type StrategyContext,
  type StrategyPlugin,
  type TrainedDetector,
} from 'rethink-bench/contract';

const optionsSchema = z.strictObject({
  rounds: z.int().min(1).max(10).default(2).meta({ description: 'number of consecutive trainings' }),
});

/** Trains on the labelled data several times, each time from the previous weights. */
@injectable()
export default class ${className} implements StrategyPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'strategy',
    name: '${name}',
    version: '0.1.0',
    contract: 1,
    description: 'Trains on the labelled data several times, each time from the previous weights.',
    options: optionsSchema,
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, init, augmentation, data }: StrategyContext): TrainedDetector {
    const train = (round: number, detector?: TrainedDetector) =>
      stages.train({
        from: detector ?? init,
        data: [data.labelled],
        augmentation,
        label: \`round \${round}\`,
      });
    let detector = train(1);
    for (let round = 2; round <= this.options.rounds; round++) detector = train(round, detector);
    return detector;
  }
}
`,
  'index.test.ts': `import { describePlugin, makePlugin, planContext } from 'rethink-bench/contract/testing';
import { expect, it } from 'vitest';
import ${className} from './index';

describePlugin(${className});

it('plans one training for each round, from the previous weights', () => {
  const context = planContext();
  makePlugin(${className}, { rounds: 3 }).plan(context);
  const [first, second] = context.stages.requests;
  expect(context.stages.requests).toHaveLength(3);
  expect(first).toMatchObject({ stage: 'train', from: context.init });
  expect(second).toMatchObject({ from: { id: first?.result } });
});
`,
  'README.md': `# strategy \`${name}\`

What it does, and why it should help.

| option   | default | meaning                         |
| -------- | ------- | ------------------------------- |
| \`rounds\` | \`2\`     | number of consecutive trainings |
`,
});
