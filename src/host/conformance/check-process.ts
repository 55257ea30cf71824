import 'reflect-metadata';
import { sep } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Catalog } from '../../core/catalog/catalog';
import { RethinkError } from '../../contract';
import { FileAccessAudit } from '../../core/process/file-access-audit';
import type { PlanWithRuns } from '../planning/build-plan';
import {
  applySome,
  checkAugmentationDeterminism,
  checkAugmentedBoxes,
  checkResults,
} from './checks/augmentation';
import { checkOptions } from './checks/options';
import { checkPlanDeterminism, planFindings, planSmall } from './checks/plan';
import { checkStages } from './checks/stages';
import { checkTensors } from './checks/tensors';
import { WriteAudit } from './checks/write-audit';
import { type CheckOutcome, finding, type PluginFinding, isRule } from './finding';
import { GRAPH_PREFIX } from '../../learning/tensor/graph/folder';
import { type CheckSetting, type Subject, subjectOf } from './target';
import { type CheckId, checksOf } from './suite';

/** Messages of the checks' process: which check begins, and how it ended. */
export type CheckMessage =
  | { readonly type: 'begun'; readonly check: CheckId }
  | { readonly type: 'ended'; readonly outcome: CheckOutcome }
  | { readonly type: 'done' };

function send(message: CheckMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

/** Runs the plugin's code, check after check; an error in the plugin's shape ends the sequence. */
class Examination {
  private subject: Subject | undefined;
  private plan: PlanWithRuns | undefined;
  private readonly reads: FileAccessAudit | undefined;
  private readonly writes: WriteAudit;
  private readonly catalog: Catalog;

  constructor(private readonly setting: CheckSetting) {
    this.catalog = new Catalog(setting.roots);
    const { validation } = setting.datasets;
    this.reads = validation === undefined ? undefined : new FileAccessAudit(validation);
    const folder = this.catalog.locations.find(
      ({ kind, name }) => kind === setting.kind && name === setting.name,
    )?.folder;
    const allowed = [setting.scratch, ...(folder === undefined ? [] : [folder])];
    this.writes = new WriteAudit(allowed, GRAPH_PREFIX);
  }

  async run(check: Exclude<CheckId, 'trial'>): Promise<PluginFinding[] | 'nothing to check'> {
    if (check === 'shape') return this.shape();
    // Even a broken plugin may have accessed files while it was loaded.
    if (check === 'files') return this.files();
    const subject = this.subject;
    if (subject === undefined) return 'nothing to check';
    const isAugmentation = this.setting.kind === 'augmentation';
    switch (check) {
      case 'options':
        return checkOptions(subject);
      case 'plan':
        this.plan = await planSmall(subject);
        return planFindings(this.plan);
      case 'apply':
        return checkResults(subject);
      case 'determinism':
        return isAugmentation ? checkAugmentationDeterminism(subject) : checkPlanDeterminism(subject);
      case 'boxes':
        return checkAugmentedBoxes(subject);
      case 'tensors':
        return isAugmentation
          ? checkTensors(() => applySome(subject), 'four calls of apply()')
          : checkTensors(() => planSmall(subject), 'planning a trial');
      case 'stages':
        return this.plan === undefined ? 'nothing to check' : checkStages(subject, this.plan);
    }
  }

  private shape(): PluginFinding[] {
    try {
      this.subject = subjectOf(this.setting, this.catalog);
      return [];
    } catch (error) {
      if (error instanceof RethinkError && isRule(error.code)) return [finding(error.code, error.message)];
      throw error;
    }
  }

  private async files(): Promise<PluginFinding[]> {
    const findings: PluginFinding[] = [];
    await this.reads?.end(() => Promise.resolve([]));
    const read = this.reads?.takeNews() ?? [];
    if (read.length > 0) {
      findings.push(finding('CHECK_VALIDATION_READ', `opened ${formatPaths(read)} of the validation data`));
    }
    const written = this.writes.end();
    if (written.length > 0) findings.push(finding('CHECK_WRITES_OUTSIDE', `wrote ${formatPaths(written)}`));
    return findings;
  }
}

function formatPaths(paths: readonly string[]): string {
  const first = paths[0]!.split(sep).slice(-3).join(sep);
  return paths.length === 1 ? first : `${first} and ${paths.length - 1} more`;
}

async function outcomeOf(
  examination: Examination,
  check: Exclude<CheckId, 'trial'>,
  title: string,
): Promise<CheckOutcome> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const found = await examination.run(check);
    if (found === 'nothing to check') {
      return { check, title, status: 'skipped', findings: [], seconds: seconds() };
    }
    const failed = found.some(({ severity }) => severity === 'error');
    return { check, title, status: failed ? 'failed' : 'passed', findings: found, seconds: seconds() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      check,
      title,
      status: 'failed',
      findings: [finding('CHECK_THREW', message)],
      seconds: seconds(),
    };
  }
}

/** If one of these fails, the others would only repeat the finding. */
const needed: ReadonlySet<string> = new Set(['shape', 'options', 'plan']);

async function examine(setting: CheckSetting): Promise<void> {
  const examination = new Examination(setting);
  let stopped = false;
  for (const { id, title } of checksOf(setting.kind)) {
    if (id === 'trial') continue;
    await send({ type: 'begun', check: id });
    const outcome: CheckOutcome =
      stopped && id !== 'files'
        ? { check: id, title, status: 'skipped', findings: [], seconds: 0 }
        : await outcomeOf(examination, id, title);
    await send({ type: 'ended', outcome });
    if (outcome.status === 'failed' && needed.has(id)) stopped = true;
  }
  await send({ type: 'done' });
}

process.once('message', (setting: CheckSetting) => {
  // A plugin may have left timers behind.
  void examine(setting).then(() => process.exit(0));
});
