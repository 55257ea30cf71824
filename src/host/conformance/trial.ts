import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import type { PlannedBenchmark } from '../planning/planning.service';
import type { RunListener } from '../../core/plan/run-events';
import { runPlan, type RunSummary } from '../execution/run-plan';
import { artifactFiles } from '../../core/plan/stage-job';
import { finding, type PluginFinding } from './finding';
import { runSettings } from '../planning/run-settings';
import { stageKinds } from '../../core/plan/stage-kinds';

export interface TrialRequest {
  readonly planned: PlannedBenchmark;
  readonly workspace: string;
  /** A second workspace, for the run that is stopped and resumed. */
  readonly secondWorkspace: string;
  readonly slots?: number;
}

/**
 * Runs a small trial in the real host, to its score. Then runs it again up to its detector, stopped as soon as a stage
 * reports progress, and resumed: the detector must be the same.
 */
export async function checkTrial(request: TrialRequest): Promise<PluginFinding[]> {
  const { planned, workspace, secondWorkspace } = request;
  const trial = planned.plan.trials[0]!;
  if (trial.skipped !== undefined) {
    return [finding('CHECK_TRIAL', `the trial is skipped: ${trial.skipped.reason} [${trial.skipped.code}]`)];
  }
  const touched: string[] = [];
  const summary = await run(request, workspace, trial.stageKeys, {
    listeners: [
      {
        stageFinished: ({ stage, result }) => {
          const scores = stageKinds[stage.kind].seesValidation;
          if (!scores && (result.outcome.imageIds['validation']?.length ?? 0) > 0) touched.push(stage.label);
        },
      },
    ],
  });
  const failed = summary.failed[0];
  if (failed !== undefined) {
    const { stage, failure } = failed;
    const code = stage.kind === 'custom' ? 'CHECK_STAGE_FAILED' : 'CHECK_TRIAL';
    return [finding(code, `stage "${stage.label}" failed: ${failure.message} [${failure.code}]`)];
  }
  if (touched.length > 0) {
    return [finding('CHECK_VALIDATION_READ', `validation images were opened in stage "${touched[0]}"`)];
  }
  const detector = planned.plan.stages.find(({ key }) => key === trial.detectKey)!.inputs['from']!;
  const upTo = trial.stageKeys.slice(0, trial.stageKeys.indexOf(detector) + 1);
  const resumed = await stopAndResume(request, secondWorkspace, upTo);
  if (resumed !== undefined) return [resumed];
  return weightsOf(workspace, detector) === weightsOf(secondWorkspace, detector)
    ? []
    : [finding('CHECK_RESUME', 'the detector of a stopped and resumed trial has different weights')];
}

async function stopAndResume(
  request: TrialRequest,
  workspace: string,
  keys: readonly string[],
): Promise<PluginFinding | undefined> {
  const stop = new AbortController();
  const first = await run(request, workspace, keys, {
    signal: stop.signal,
    listeners: [{ stageProgress: () => stop.abort() }],
  });
  const second = first.status === 'cancelled' ? await run(request, workspace, keys) : first;
  const failed = second.failed[0];
  if (failed === undefined) return undefined;
  return finding(
    'CHECK_RESUME',
    `the resumed stage "${failed.stage.label}" failed: ${failed.failure.message}`,
  );
}

function run(
  { planned, slots }: TrialRequest,
  workspace: string,
  keys: readonly string[],
  more: { signal?: AbortSignal; listeners?: RunListener[] } = {},
): Promise<RunSummary> {
  const { plan } = planned;
  const required = new Set(keys);
  return runPlan(
    { ...plan, stages: plan.stages.filter(({ key }) => required.has(key)) },
    {
      ...runSettings(planned),
      workspace,
      slots,
      command: 'plugin check',
      ...more,
    },
  );
}

function weightsOf(workspace: string, key: string): string {
  const file = join(new ArtifactStore(workspace).folder(key), artifactFiles.weights);
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
