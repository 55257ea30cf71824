import type { PluginTemplate } from './template';

export const initTemplate: PluginTemplate = ({ name, className }) => ({
  'index.ts': `import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type InitContext,
  type InitPlugin,
  OPTIONS,
  type PluginManifest,
  type Weights,
} from 'rethink-bench/contract';

const optionsSchema = z.strictObject({
  share: z
    .number()
    .positive()
    .max(10)
    .default(1)
    .meta({ description: 'steps, as a multiple of the benchmark’s' }),
});

/** A backbone pre-trained by classifying the benchmark's classification images. */
@injectable()
export default class ${className} implements InitPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'init',
    name: '${name}',
    version: '0.1.0',
    contract: 1,
    description: 'A backbone pre-trained by classification, for a multiple of the benchmark’s steps.',
    options: optionsSchema,
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, data, schedule, augmentation }: InitContext): Weights {
    const steps = Math.max(1, Math.round(schedule.steps * this.options.share));
    return stages.train({
      from: stages.random(),
      data: [data.classification],
      augmentation,
      schedule: { steps },
      label: 'pre-train',
    });
  }
}
`,
  'index.test.ts': `import { describePlugin, makePlugin, planContext } from 'rethink-bench/contract/testing';
import { expect, it } from 'vitest';
import ${className} from './index';

describePlugin(${className});

it('pre-trains for a multiple of the steps', () => {
  const context = planContext({ steps: 100 });
  makePlugin(${className}, { share: 0.5 }).plan(context);
  expect(context.stages.requests).toMatchObject([
    { stage: 'train', data: [context.data.classification], schedule: { steps: 50 } },
  ]);
});
`,
  'README.md': `# init \`${name}\`

What it does, and why it should help.

| option  | default | meaning                                 |
| ------- | ------- | --------------------------------------- |
| \`share\` | \`1\`     | steps, as a multiple of the benchmark's |
`,
});
