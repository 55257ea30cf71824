import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { dirname } from 'node:path';
import { Command } from 'nest-commander';
import { engines } from '../../../package.json';
import { RethinkError } from '../../contract';
import type { Gpu } from '../../core/plan/gpu';
import { formatBytes } from '../../core/text/units';
import { planSlots, readCpuShare } from '../../host/execution/slots';
import { diagnoseBackends } from '../../learning/tensor/diagnose';
import { checkCluster } from '../common/check-cluster';
import type { Configuration } from '../common/configuration';
import type { Finding } from '../terminal/diagnostics';
import { exitCodes } from '../terminal/exit-codes';
import { print, printJson } from '../terminal/output';
import { machineGpus, requestedSlots } from '../common/machine-gpus';
import { machineFlags } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';

/** Artifacts and data sets soon fill less than this. */
const LOW_DISK_GIB = 2;

@Command({ ...summaryOf('doctor') })
export class DoctorCommand extends RethinkCommand {
  static override readonly flags = machineFlags;
  protected override readonly examples = ['doctor', 'doctor --json'];

  protected async execute(_args: string[], options: CommonOptions): Promise<number> {
    const configuration = this.configuration;
    const findings = [
      checkNode(),
      ...(await checkBackends(configuration)),
      ...(await checkGpus(configuration)),
      ...checkWorkspace(configuration),
      ...(configuration.executor === 'slurm' ? [await checkCluster(configuration)] : []),
    ];
    const sound = findings.every(({ status }) => status !== 'missing');
    if (options.json === true) printJson({ sound, findings });
    else {
      for (const finding of findings) print(formatFinding(finding));
      print(
        sound
          ? '\nReady: npm run quickstart'
          : '\nSomething is missing: see the hints above and docs/reference/troubleshooting.md.',
      );
    }
    return sound ? exitCodes.ok : exitCodes.environment;
  }
}

function formatFinding({ status, subject, message, hint, code }: Finding): string {
  const mark = { ok: '✓', note: '·', missing: '✗' }[status];
  return `${mark} ${subject.padEnd(11)} ${message}${status === 'ok' ? '' : `  [${code}]`}${hint === undefined ? '' : `\n  → ${hint}`}`;
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  const message = `Node ${process.versions.node} on ${process.platform} ${process.arch}`;
  return good
    ? { code: 'NODE_OK', status: 'ok', subject: 'node', message }
    : {
        code: 'NODE_OLD',
        status: 'missing',
        subject: 'node',
        message,
        hint: `Install Node ${engines.node}.`,
      };
}

async function checkBackends({ backend: chosen }: Configuration): Promise<Finding[]> {
  return (await diagnoseBackends()).map(({ backend, available, code, message, hint }) => ({
    code,
    status: available ? 'ok' : backend === chosen ? 'missing' : 'note',
    subject: backend,
    message,
    hint,
  }));
}

/** The GPUs, where there are some, and the slots. */
async function checkGpus(configuration: Configuration): Promise<Finding[]> {
  try {
    const { gpus, note } = await machineGpus(configuration);
    const slots = checkSlots(gpus, requestedSlots(configuration, gpus));
    if (note !== undefined) return [{ status: 'note', subject: 'gpus', ...note }, slots];
    if (gpus.length === 0) return [slots];
    const message = gpus.map(({ label, name, memoryBytes }) =>
      memoryBytes === undefined ? `${label}: ${name}` : `${label}: ${name}, ${formatBytes(memoryBytes)}`,
    );
    return [{ code: 'GPU_OK', status: 'ok', subject: 'gpus', message: message.join('; ') }, slots];
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    const { code, message, hint } = error;
    return [{ code, status: 'missing', subject: 'gpus', message, hint }];
  }
}

function checkSlots(gpus: readonly Gpu[], requested: number | undefined): Finding {
  const share = readCpuShare();
  const slots = planSlots(share, { threads: 1, gpus, requested });
  const computing = slots.filter(({ gpu }) => gpu !== undefined).length;
  const atOnce =
    computing > 0 ? `${computing} on GPUs and ${slots.length - computing} beside them` : slots.length;
  const pins = spawnSync('taskset', ['--version']).status === 0;
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB of memory`;
  const message = `${os.cpus()[0]?.model.trim() ?? 'unknown processor'}, ${share.cores.length} cores, ${memory}; stages at once: ${atOnce}`;
  if (pins || process.platform !== 'linux')
    return { code: 'SLOTS_OK', status: 'ok', subject: 'slots', message };
  return {
    code: 'SLOTS_UNPINNED',
    status: 'note',
    subject: 'slots',
    message: `${message}, not pinned to cores`,
    hint: 'Install util-linux (taskset): stages that move between cores are slower.',
  };
}

function checkWorkspace({ workspace }: Configuration): Finding[] {
  try {
    mkdirSync(workspace, { recursive: true });
    accessSync(workspace, constants.W_OK);
  } catch (error) {
    const message = `cannot write to ${workspace}: ${(error as Error).message}`;
    return [
      {
        code: 'WORKSPACE_READ_ONLY',
        status: 'missing',
        subject: 'workspace',
        message,
        hint: 'Choose another folder with --workspace.',
      },
    ];
  }
  const { bavail, bsize } = statfsSync(existsSync(workspace) ? workspace : dirname(workspace));
  const freeGiB = (bavail * bsize) / 2 ** 30;
  const message = `${workspace}, ${freeGiB.toFixed(0)} GiB free`;
  if (freeGiB >= LOW_DISK_GIB) return [{ code: 'WORKSPACE_OK', status: 'ok', subject: 'workspace', message }];
  return [
    {
      code: 'DISK_LOW',
      status: 'note',
      subject: 'workspace',
      message,
      hint: 'Free some space, or choose another folder with --workspace.',
    },
  ];
}
