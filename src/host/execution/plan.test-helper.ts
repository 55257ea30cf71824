import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../../core/plan/plan';
import type { PlannedStage } from '../../core/plan/stage';
import type { RunListener } from '../../core/plan/run-events';
import type { RunEnvironment } from '../../core/plan/outcome-schema';
import { runPlan, type RunSummary } from './run-plan';
import type { RunOptions } from './run-options';

/**
 * One stage of a test's plan: how it behaves, and the names of those it needs. `score` is an evaluate stage, all others
 * are stages of a plugin.
 */
export interface TestStage {
  readonly behaviour: string;
  readonly needs?: readonly string[];
  readonly steps?: number;
  readonly stepMs?: number;
  readonly timeLimitSeconds?: number;
}

export function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** A plan whose stages are custom stages with the given names as labels; each stage without children is a trial. */
export function testPlan(stages: Readonly<Record<string, TestStage>>): Plan {
  const planned = Object.entries(stages).map(([name, stage]): PlannedStage => {
    const { behaviour, needs = [], steps = 1, stepMs = 1, timeLimitSeconds } = stage;
    const common = {
      key: keyOf(name),
      label: name,
      seed: 0,
      inputs: Object.fromEntries(needs.map((need) => [need, keyOf(need)])),
      timeLimitSeconds,
    };
    if (behaviour === 'score') {
      const truth = { role: 'validation', datasetDigest: '', fraction: 1, splitSeed: 0 } as const;
      return { kind: 'evaluate', ...common, parameters: { truth, detections: needs[0]! } };
    }
    return {
      kind: 'custom',
      ...common,
      parameters: {
        plugin: { kind: 'strategy', name: 'test', options: {}, codeDigest: '' },
        name,
        parameters: { behaviour, steps, stepMs },
      },
    };
  });
  const needed = new Set(planned.flatMap((stage) => Object.values(stage.inputs)));
  const lineage = (stage: PlannedStage): string[] => [
    ...Object.values(stage.inputs).flatMap((key) => lineage(planned.find((other) => other.key === key)!)),
    stage.key,
  ];
  return {
    benchmark: { name: 'test', title: 'A test', description: '', file: '/test.yaml', resolved: {} },
    trials: planned
      .filter((stage) => !needed.has(stage.key))
      .map((stage, seed) => ({
        id: `init=random,augmentation=s1,strategy=${stage.label},fraction=1,seed=${seed}`,
        axes: { init: 'random', augmentation: 's1', strategy: stage.label, fraction: 1, length: 1, seed },
        stageKeys: [...new Set(lineage(stage))],
        evaluateKey: stage.key,
      })),
    stages: planned,
  };
}

export const testEnvironment: RunEnvironment = {
  hostname: 'test',
  platform: 'linux',
  cpu: 'Test CPU',
  cores: 2,
  memoryBytes: 2 ** 30,
  node: process.version,
  backend: 'cpu',
  engine: 'none',
  rethink: '0.0.0',
};

/** A folder for one test, and how to remove it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'rethink-run-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function testOptions(workspace: string): RunOptions {
  return {
    workspace,
    datasets: {},
    pluginEntries: {},
    backend: 'cpu',
    engine: 'none',
    slots: 2,
    graceSeconds: 1,
    environment: testEnvironment,
    command: 'rethink run test.yaml',
    runnersModule: join(__dirname, 'runners.test-helper.ts'),
  };
}

export function runTest(
  workspace: string,
  stages: Readonly<Record<string, TestStage>>,
  options: Partial<RunOptions> = {},
): Promise<RunSummary> {
  return runPlan(testPlan(stages), { ...testOptions(workspace), ...options });
}

/** Writes each event as one line of text, and hands it on at once. */
export function recordEvents(take: (line: string) => void = () => undefined): {
  listener: RunListener;
  lines: string[];
} {
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push(line);
    take(line);
  };
  return {
    lines,
    listener: {
      runStarted: ({ reused, slots }) => write(`run started, ${reused.length} reused, ${slots} slots`),
      stageStarted: ({ stage, attempt }) => write(`${stage.label} started (${attempt})`),
      stageFinished: ({ stage }) => write(`${stage.label} finished`),
      stageFailed: ({ stage, failure }) => write(`${stage.label} failed: ${failure.kind} ${failure.code}`),
      stageBlocked: ({ stage, because }) => write(`${stage.label} blocked by ${because.label}`),
      runFinished: ({ finished, failed, blocked }) =>
        write(`run finished: ${finished} done, ${failed} failed, ${blocked} blocked`),
    },
  };
}
