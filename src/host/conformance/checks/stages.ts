import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlanWithRuns } from '../../planning/build-plan';
import type { PlannedStage } from '../../../core/plan/stage';
import { declaredByPlugin } from '../../../core/plan/ledger';
import { loadRunner } from '../../stages/runners';
import { artifactFiles, type StageJob } from '../../../core/plan/stage-job';
import type { StageOutcome } from '../../../core/plan/outcome-schema';
import { countDispatchedFlops, useBackend } from '../../../learning/tensor';
import { finding, type PluginFinding } from '../finding';
import { scaleTimeout } from '../timeouts';
import { quiet, type Subject } from '../target';

/** Time after the request to stop at which the host kills a stage. */
const GRACE_SECONDS = 10;
/** When a stage that reports no progress is told to stop. */
const STOP_AFTER_MS = 1000;
const AGREEMENT = 0.1;

type CustomStage = Extract<PlannedStage, { kind: 'custom' }>;

/**
 * Custom stages stop on request, resume where they stopped, and declare their FLOPs. The stages that they depend on run
 * before them, all in this process.
 */
export async function checkStages(
  subject: Subject,
  planned: PlanWithRuns,
  graceSeconds = scaleTimeout(GRACE_SECONDS),
): Promise<PluginFinding[] | 'nothing to check'> {
  const { plan } = planned;
  const trial = plan.trials[0]!;
  const stages = trial.stageKeys.map((key) => plan.stages.find((stage) => stage.key === key)!);
  const last = stages.findLastIndex(({ kind }) => kind === 'custom');
  if (last < 0) return 'nothing to check';
  await useBackend(subject.setting.backend, { threads: subject.setting.engine.threads });
  for (const stage of stages.slice(0, last + 1)) {
    const bench = new Bench(subject, planned, stage);
    if (stage.kind === 'custom') {
      const findings = await checkCustom(bench, stage, graceSeconds);
      if (findings.length > 0) return findings;
    } else {
      const failed = await bench.run('output', new AbortController());
      if ('error' in failed) throw failed.error;
    }
  }
  return [];
}

type Ending = { readonly outcome: StageOutcome } | { readonly error: unknown };

/** Runs a stage any number of times. */
class Bench {
  constructor(
    private readonly subject: Subject,
    private readonly planned: PlanWithRuns,
    private readonly stage: PlannedStage,
  ) {}

  /** @param output name of the folder for the stage's artifact; later stages read `output` */
  async run(output: string, stop: AbortController, resume = output, begun?: () => void): Promise<Ending> {
    const job = this.job(output, resume);
    try {
      const outcome = await loadRunner(this.stage)(job, {
        logger: quiet,
        signal: stop.signal,
        progress: () => begun?.(),
      });
      return { outcome };
    } catch (error) {
      return { error };
    }
  }

  digest(output: string): string {
    const file = join(this.folder(output), artifactFiles.weights);
    return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'no weights';
  }

  private folder(name: string, key = this.stage.key): string {
    const folder = join(this.subject.setting.scratch, 'stages', key, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  private job(output: string, resume: string): StageJob {
    const { setting, catalog } = this.subject;
    const { plan } = this.planned;
    return {
      stage: this.stage,
      inputFolders: Object.fromEntries(
        Object.entries(this.stage.inputs).map(([name, key]) => [name, this.folder('output', key)]),
      ),
      datasets: setting.datasets,
      pluginEntries: catalog.entryFiles,
      backend: setting.backend,
      threads: setting.engine.threads,
      inputThreads: 0,
      outputFolder: this.folder(output),
      resumeFolder: this.folder(`resume-${resume}`),
      custom: {
        file: setting.benchmark,
        trial: plan.trials[0]!.id,
        data: setting.data,
        engine: setting.engine,
        roots: [...setting.roots],
        checkpoints: plan.checkpointIdentities,
      },
    };
  }
}

async function checkCustom(bench: Bench, stage: CustomStage, graceSeconds: number): Promise<PluginFinding[]> {
  const { label } = stage;
  const stopped = await stopEarly(bench, graceSeconds);
  if (stopped === 'late') {
    return [finding('CHECK_CANCEL', `stage "${label}" did not stop within ${Math.round(graceSeconds)} s`)];
  }
  if ('error' in stopped && !stopped.wasStopped) return [failure(label, stopped.error)];
  const resumed = await bench.run('resumed', new AbortController(), 'stopped');
  if ('error' in resumed) {
    return [finding('CHECK_RESUME', `the resumed stage "${label}" threw: ${message(resumed.error)}`)];
  }
  let whole: Ending | undefined;
  const metered = await countDispatchedFlops(async () => {
    whole = await bench.run('output', new AbortController());
  });
  if (whole === undefined || 'error' in whole) return [failure(label, whole?.error)];
  if (bench.digest('resumed') !== bench.digest('output')) return [await difference(bench, label)];
  return flopFindings(stage, whole.outcome, metered.flops);
}

/** Starts the stage and stops it as soon as it reports progress. */
async function stopEarly(
  bench: Bench,
  graceSeconds: number,
): Promise<'late' | (Ending & { readonly wasStopped: boolean })> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), STOP_AFTER_MS);
  const late = new Promise<'late'>((resolve) => {
    stop.signal.addEventListener('abort', () => {
      setTimeout(() => resolve('late'), graceSeconds * 1000);
    });
  });
  const running = bench.run('stopped', stop, 'stopped', () => stop.abort());
  const ending = await Promise.race([running, late]);
  clearTimeout(timer);
  return ending === 'late' ? ending : { ...ending, wasStopped: stop.signal.aborted };
}

/** Two undisturbed runs show whether resuming changes the result. */
async function difference(bench: Bench, label: string): Promise<PluginFinding> {
  await bench.run('again', new AbortController());
  return bench.digest('again') === bench.digest('output')
    ? finding('CHECK_RESUME', `stage "${label}" wrote different weights after it was stopped and resumed`)
    : finding('CHECK_NOT_REPEATABLE', `stage "${label}" wrote different weights when it was run again`);
}

function flopFindings(stage: CustomStage, { ledger }: StageOutcome, metered: number): PluginFinding[] {
  const { label } = stage;
  if (Object.keys(ledger.unknownKernels).some((name) => name.endsWith(`: ${stage.parameters.name}`))) {
    const seen = metered > 0 ? `; its kernels computed ${metered.toExponential(2)}` : '';
    return [finding('CHECK_FLOPS_UNDECLARED', `stage "${label}" declared nothing${seen}`)];
  }
  const declared = ledger.flopsByPhase[declaredByPlugin];
  // The trainer's kernels cannot be separated from the plugin's, and plain JavaScript is not metered.
  if (stage.parameters.trainer !== undefined || declared === undefined || metered === 0) return [];
  if (Math.abs(declared - metered) <= AGREEMENT * metered) return [];
  const seen = `stage "${label}" declared ${declared.toExponential(2)}, its kernels computed ${metered.toExponential(2)}`;
  return [finding('CHECK_FLOPS_DISAGREE', seen)];
}

function failure(label: string, error: unknown): PluginFinding {
  return finding('CHECK_STAGE_FAILED', `stage "${label}" threw: ${message(error)}`);
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
