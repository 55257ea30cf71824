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
import { rethinkArguments } from './rethink-arguments';

/**
 * Tests an upgrade of Node: other versions must reuse what this one trained, and train the same to the last bit in a new
 * workspace. They are installed from the package registry.
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
  if (status !== 0) throw new Error(`node@${version} could not be installed.\n${stderr}`);
  return join(folder, 'node_modules', '.bin', 'node');
}

function run(node: string, file: string, workspace: string): z.infer<typeof outcomeSchema> {
  const { stdout, stderr } = spawnSync(
    node,
    [...rethinkArguments, 'run', file, '--workspace', workspace, '--json'],
    { encoding: 'utf8', cwd: packageFolder },
  );
  try {
    return outcomeSchema.parse(JSON.parse(stdout));
  } catch {
    throw new Error(`The run ended without a result.\n${stderr.slice(-2000)}`);
  }
}

/** Files of artifacts that contain no times. */
const reproducible = new Set<string>([
  artifactFiles.weights,
  artifactFiles.detections,
  artifactFiles.metrics,
  artifactFiles.pseudoLabels,
]);

/** Checksums of the reproducible files, by stage key. */
function checksums(workspace: string): Map<string, string> {
  const store = new ArtifactStore(workspace);
  return new Map(
    store.keys().map((key) => {
      const found = inspectArtifact(store.folder(key), key);
      if (!found.sound) throw new Error(`The artifact of ${key} is damaged: ${found.reason}`);
      const files = found.manifest.files.filter(({ name }) => reproducible.has(name));
      return [key, files.map(({ name, sha256 }) => `${name} ${sha256}`).join('\n')];
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
    const expected = checksums(before);
    for (const version of versions) {
      const node = install(version, join(folder, `node-${version}`));
      const name = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
      const again = run(node, file, before);
      const fresh = run(node, file, join(folder, `with-${version}`));
      const own = checksums(join(folder, `with-${version}`));
      const different = [...expected].filter(([key, hash]) => own.get(key) !== hash).length;
      console.log(
        `${name}: ${again.stages.finished} stages run again in the same workspace, ${different} of ${expected.size} different in a new one`,
      );
      if (again.stages.finished > 0 || again.status !== 'unchanged') findings.push(`${name} reruns stages`);
      if (fresh.stages.failed > 0 || own.size !== expected.size) findings.push(`${name} fails`);
      if (different > 0) findings.push(`${name} trains different weights`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(findings.length === 0 ? 'nothing lost, nothing different' : findings.join('; '));
  return findings.length === 0 ? 0 : 1;
}

process.exitCode = main();
