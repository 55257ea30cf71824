import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { locationsOf, planData, PlanningService, type PlannedBenchmark } from '../planning/planning.service';
import { engineIdentity } from '../planning/engine';
import { readBenchmark } from '../benchmark/read';
import type { EngineIdentity } from '../planning/stage-key';
import { prepareDatasets } from '../../learning/dataset/prepare';
import { codeDigest } from '../../core/catalog/code-digest';
import { CONTRACT_VERSION, type PluginKind, RethinkError } from '../../contract';
import type { Gpu } from '../../core/plan/gpu';
import type { PluginLocation } from '../../core/catalog/discover';
import { checkInChild, type CheckListener } from './check-in-child';
import { type CheckOutcome, finding, type PluginFinding } from './finding';
import { quiet } from './target';
import { checksOf } from './suite';
import { writeSmallBenchmark } from './small-benchmark';
import { checkTrial } from './trial';
import { version } from '../../../package.json';

export interface CheckRequest {
  readonly plugin: PluginLocation;
  /** Folders of all plugins, the built-in ones among them. */
  readonly roots: readonly string[];
  /** Folder of the checks' data, and of temporary files. */
  readonly folder: string;
  readonly backend: EngineIdentity['backend'];
  /** Also run a small trial in the real host, which takes most of the time. */
  readonly trial: boolean;
  readonly slots?: number;
  readonly gpus?: readonly Gpu[];
}

/** The result of the checks, stored as JSON by the digest of the plugin's code. */
export interface CheckReport {
  readonly kind: PluginKind;
  readonly name: string;
  readonly passed: boolean;
  /** Absent where the code can't be read. */
  readonly codeDigest?: string;
  readonly contract: string;
  readonly rethink: string;
  readonly checkedAt: string;
  readonly seconds: number;
  readonly checks: readonly CheckOutcome[];
}

/** Runs the conformance suite on one plugin. Errors of the plugin are findings; they are not thrown. */
export async function checkPlugin(request: CheckRequest, listener: CheckListener = {}): Promise<CheckReport> {
  const { plugin, roots, backend, gpus = [] } = request;
  const start = performance.now();
  mkdirSync(request.folder, { recursive: true });
  const scratch = mkdtempSync(join(request.folder, 'run-'));
  try {
    const file = writeSmallBenchmark(scratch, plugin, [0, 1]);
    const { dataset } = readBenchmark(file).benchmark;
    const prepared = await prepareDatasets(dataset, request.folder, { baseFolder: scratch });
    const engine = engineIdentity(backend, gpus.length > 0);
    const data = planData(prepared);
    const datasets = locationsOf(prepared);
    const { kind, name } = plugin;
    const visibleGpu = gpus.length === 0 ? '-1' : gpus[0]!.uuid;
    const checks = await checkInChild(
      { kind, name, roots, benchmark: file, data, datasets, engine, backend, visibleGpu, scratch },
      listener,
    );
    const sound = checks.every(({ status }) => status !== 'failed');
    checks.push(await trialOutcome(request, file, scratch, sound, listener));
    return {
      kind,
      name,
      passed: checks.every(({ status }) => status !== 'failed'),
      codeDigest: digestOf(plugin),
      contract: CONTRACT_VERSION,
      rethink: version,
      checkedAt: new Date().toISOString(),
      seconds: (performance.now() - start) / 1000,
      checks,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function planTrial(file: string, { roots, backend, gpus, folder }: CheckRequest): Promise<PlannedBenchmark> {
  return new PlanningService().plan({
    file,
    only: ['seed=0'],
    workspace: folder,
    backend,
    gpus,
    pluginRoots: roots,
    logger: quiet,
  });
}

async function trialOutcome(
  request: CheckRequest,
  file: string,
  scratch: string,
  sound: boolean,
  listener: CheckListener,
): Promise<CheckOutcome> {
  const { id: check, title } = checksOf(request.plugin.kind).find(({ id }) => id === 'trial')!;
  let outcome: CheckOutcome = { check, title, status: 'skipped', findings: [], seconds: 0 };
  if (request.trial && sound) {
    listener.begun?.('trial', title);
    const start = performance.now();
    const findings = await safely(async () =>
      checkTrial({
        planned: await planTrial(file, request),
        workspace: join(scratch, 'first'),
        secondWorkspace: join(scratch, 'second'),
        slots: request.slots,
      }),
    );
    const seconds = (performance.now() - start) / 1000;
    outcome = { check, title, status: findings.length > 0 ? 'failed' : 'passed', findings, seconds };
  }
  listener.ended?.(outcome);
  return outcome;
}

async function safely(work: () => Promise<PluginFinding[]>): Promise<PluginFinding[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    return [finding('CHECK_TRIAL', `${error.message} [${error.code}]`)];
  }
}

function digestOf({ entry }: PluginLocation): string | undefined {
  if (entry === undefined) return undefined;
  try {
    return codeDigest(entry);
  } catch {
    return undefined;
  }
}
