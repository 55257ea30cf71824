import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ArtifactStore } from '../src/core/artifact/artifact-store';
import { inspectArtifact } from '../src/core/artifact/manifest';
import { packageFolder } from '../src/core/files/package-folder';
import { artifactFiles } from '../src/core/plan/stage-job';

/**
 * What an upgrade of Node does to a workspace: what the present Node trained has to be found done by others, and what
 * others train from nothing has to be the same to the last bit. Others come from the package registry.
 *
 * npm run test:node [-- 22 24]
 */
const { positionals } = parseArgs({ allowPositionals: true });
const versions = positionals.length === 0 ? ['22', '24'] : positionals;

const benchmark = `
name: node-upgrade
extends: ${join(packageFolder, 'benchmarks', 'quickstart.yaml')}
dataset: { scenes: { train: 60, val: 30, unlabelled: 60, classification: { classes: 10, perClass: 10, size: 64 } } }
schedule: { steps: 20, warmupSteps: 5 }
axes:
  init: [random]
  augmentation: [s1]
  strategy: [supervised, self-training]
  fraction: [1]
`;

const outcomeSchema = z.object({
  status: z.string(),
  stages: z.object({ finished: z.number(), reused: z.number(), failed: z.number(), blocked: z.number() }),
});

function install(version: string, folder: string): string {
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `node@${version}`],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`node@${version} was not installed\n${stderr}`);
  return join(folder, 'node_modules', '.bin', 'node');
}

function run(node: string, file: string, workspace: string): z.infer<typeof outcomeSchema> {
  const { stdout, stderr } = spawnSync(
    node,
    [
      ...['--require', join(packageFolder, 'src', 'register.cjs'), join(packageFolder, 'src', 'main.ts')],
      ...['run', file, '--workspace', workspace, '--json'],
    ],
    { encoding: 'utf8', cwd: packageFolder },
  );
  try {
    return outcomeSchema.parse(JSON.parse(stdout));
  } catch {
    throw new Error(`the run ended without a result\n${stderr.slice(-2000)}`);
  }
}

/** Files of artifacts that have no times in them. */
const timeless = new Set<string>([
  artifactFiles.weights,
  artifactFiles.detections,
  artifactFiles.metrics,
  artifactFiles.pseudoLabels,
]);

/** Sums of what stages made, by key. */
function made(workspace: string): Map<string, string> {
  const store = new ArtifactStore(workspace);
  return new Map(
    store.keys().map((key) => {
      const found = inspectArtifact(store.folder(key), key);
      if (!found.sound) throw new Error(`the artifact of ${key} is broken: ${found.reason}`);
      const sums = found.manifest.files.filter(({ name }) => timeless.has(name));
      return [key, sums.map(({ name, sha256 }) => `${name} ${sha256}`).join('\n')];
    }),
  );
}

function main(): number {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-node-'));
  const findings: string[] = [];
  try {
    const file = join(folder, 'node-upgrade.yaml');
    writeFileSync(file, benchmark);
    const before = join(folder, 'before');
    const first = run(process.execPath, file, before);
    console.log(`${process.version}: ${first.stages.finished} stages run`);
    const wanted = made(before);
    for (const version of versions) {
      const node = install(version, join(folder, `node-${version}`));
      const name = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
      const again = run(node, file, before);
      const anew = run(node, file, join(folder, `with-${version}`));
      const own = made(join(folder, `with-${version}`));
      const different = [...wanted].filter(([key, hash]) => own.get(key) !== hash).length;
      console.log(
        `${name}: ${again.stages.finished} stages run again in the same workspace, ${different} of ${wanted.size} different in a new one`,
      );
      if (again.stages.finished > 0 || again.status !== 'unchanged')
        findings.push(`${name} runs stages again`);
      if (anew.stages.failed > 0 || own.size !== wanted.size) findings.push(`${name} fails`);
      if (different > 0) findings.push(`${name} trains something else`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(findings.length === 0 ? 'nothing lost, nothing different' : findings.join('; '));
  return findings.length === 0 ? 0 : 1;
}

process.exitCode = main();
