import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { dirname } from 'node:path';
import { Command } from 'nest-commander';
import { engines } from '../../../package.json';
import { planSlots, readCpuShare } from '../../host/execution/slots';
import { diagnoseBackends } from '../../learning/tensor/diagnose';
import type { Configuration } from '../common/configuration';
import { exitCodes } from '../terminal/exit-codes';
import { print, printJson } from '../terminal/output';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';

/** `missing`: a run needs it, so the check fails. `note`: worth knowing. */
interface Finding {
  /** Of `diagnostics`. */
  readonly code: string;
  readonly status: 'ok' | 'note' | 'missing';
  readonly subject: string;
  readonly message: string;
  readonly hint?: string;
}

/** Artifacts and data sets soon fill less than this. */
const LOW_DISK_GIB = 2;

@Command({ ...summaryOf('doctor') })
export class DoctorCommand extends RethinkCommand {
  protected override readonly examples = ['doctor', 'doctor --json'];

  protected async execute(_args: string[], options: CommonOptions): Promise<number> {
    const configuration = this.configuration;
    const findings = [
      checkNode(),
      ...(await checkBackends(configuration)),
      checkSlots(configuration),
      ...checkWorkspace(configuration),
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

function checkSlots({ slots: requested }: Configuration): Finding {
  const share = readCpuShare();
  const slots = planSlots(share, { threads: 1, requested });
  const pins = spawnSync('taskset', ['--version']).status === 0;
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB of memory`;
  const message = `${os.cpus()[0]?.model.trim() ?? 'unknown processor'}, ${share.cores.length} cores, ${memory}; ${slots.length} stages at once`;
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
