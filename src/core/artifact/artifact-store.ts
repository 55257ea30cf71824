import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RethinkError } from '../../contract';
import { syncFolder } from '../files/atomic-file';
import { type ArtifactManifest, inspectArtifact, MANIFEST_FILE, stageKeyPattern } from './manifest';
import { sha256OfFile } from './write-manifest';
import { explainStorageError } from '../files/storage-error';
import { Workspace } from './workspace';

function fileNames({ manifest }: { manifest: ArtifactManifest }): string[] {
  return manifest.files.map(({ name }) => name);
}

/** An artifact that was found incomplete or altered, and the folder to which it was moved. */
export interface Quarantined {
  readonly key: string;
  readonly reason: string;
  readonly folder: string;
}

/**
 * Content-addressed store of stage results: `<workspace>/artifacts/<first 2 of key>/<key>/`. A folder is complete
 * or absent: it is filled as a draft, finalised by its manifest, and renamed into place.
 *
 * One process at a time writes (the workspace's lock sees to that); any number may read.
 */
export class ArtifactStore {
  private readonly workspace: Workspace;

  constructor(workspace: string) {
    this.workspace = new Workspace(workspace);
  }

  /** Where the artifact of a stage is or will be. */
  folder(key: string): string {
    return this.workspace.artifact(key);
  }

  /** Whether the artifact is there and its files have their sizes. Changes nothing. */
  has(key: string): boolean {
    const folder = this.folder(key);
    return existsSync(join(folder, MANIFEST_FILE)) && inspectArtifact(folder, key).sound;
  }

  /** Whether a sound artifact lacks one of these files: the same stage may be asked to leave more than it did before. */
  lacks(key: string, files: readonly string[]): boolean {
    const state = inspectArtifact(this.folder(key), key);
    const names = new Set(state.sound ? fileNames(state) : []);
    return files.some((file) => !names.has(file));
  }

  /** Compares the SHA-256 of every file with the manifest; returns what is wrong, or `undefined`. */
  async verify(key: string): Promise<string | undefined> {
    const folder = this.folder(key);
    const state = inspectArtifact(folder, key);
    if (!state.sound) return state.reason;
    for (const file of state.manifest.files) {
      const { sha256 } = await sha256OfFile(join(folder, file.name));
      if (sha256 !== file.sha256) return `${file.name} was altered: its SHA-256 differs from the manifest`;
    }
    return undefined;
  }

  /** Keys of all folders in the store, complete or not, in alphabetical order. */
  keys(): string[] {
    const { artifacts } = this.workspace;
    if (!existsSync(artifacts)) return [];
    return readdirSync(artifacts)
      .filter((name) => /^[0-9a-f]{2}$/.test(name))
      .flatMap((name) => readdirSync(join(artifacts, name)))
      .filter((name) => stageKeyPattern.test(name))
      .sort();
  }

  /** An empty folder for a stage to fill. */
  createDraft(key: string): string {
    const folder = join(this.workspace.drafts, `${key}.${process.pid}.${randomBytes(4).toString('hex')}`);
    return this.explained(folder, () => {
      mkdirSync(folder, { recursive: true });
      return folder;
    });
  }

  discardDraft(draft: string): void {
    rmSync(draft, { recursive: true, force: true });
  }

  /**
   * Renames a finalised draft to the folder of its artifact.
   *
   * @throws RethinkError `ARTIFACT_UNSOUND` when the draft's files differ from its manifest; the draft is deleted then
   */
  publish(key: string, draft: string): string {
    const state = inspectArtifact(draft, key);
    if (!state.sound) {
      this.discardDraft(draft);
      throw new RethinkError('ARTIFACT_UNSOUND', `The stage's artifact is incomplete: ${state.reason}.`, {
        hint: 'Its files were changed while it was being written.',
      });
    }
    const folder = this.folder(key);
    return this.explained(folder, () => {
      if (existsSync(folder)) {
        // A rename can't replace a folder with files; an incomplete artifact is why it was made again.
        if (!this.has(key)) this.quarantine(key, 'an incomplete artifact was found');
        else if (this.lacks(key, fileNames(state))) renameSync(folder, `${draft}.replaced`);
        else {
          this.discardDraft(draft);
          return folder;
        }
      }
      mkdirSync(dirname(folder), { recursive: true });
      renameSync(draft, folder);
      syncFolder(dirname(folder));
      syncFolder(this.workspace.artifacts);
      this.discardDraft(`${draft}.replaced`);
      return folder;
    });
  }

  /** Moves an artifact to the quarantine for inspection, so that it is made again. */
  quarantine(key: string, reason: string): Quarantined {
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const target = join(this.workspace.quarantine, `${key}.${stamp}.${randomBytes(2).toString('hex')}`);
    return this.explained(target, () => {
      mkdirSync(this.workspace.quarantine, { recursive: true });
      renameSync(this.folder(key), target);
      return { key, reason, folder: target };
    });
  }

  /**
   * Finds the keys whose artifacts can be used; incomplete artifacts are moved to the quarantine.
   *
   * @param check `sizes` is cheap; `checksums` reads every byte
   */
  async take(
    keys: readonly string[],
    check: 'sizes' | 'checksums' = 'sizes',
  ): Promise<{ present: Set<string>; quarantined: Quarantined[] }> {
    const present = new Set<string>();
    const quarantined: Quarantined[] = [];
    const there = new Set(this.keys());
    for (const key of keys) {
      if (!there.has(key)) continue;
      const folder = this.folder(key);
      const state = inspectArtifact(folder, key);
      const reason = !state.sound ? state.reason : check === 'checksums' ? await this.verify(key) : undefined;
      if (reason === undefined) present.add(key);
      else quarantined.push(this.quarantine(key, reason));
    }
    return { present, quarantined };
  }

  /**
   * Removes drafts of processes that were killed. Only for the owner of the workspace's lock, or of the stages.
   *
   * @param isAbandoned whether no process is working on the stage of this key
   */
  cleanLeftovers(isAbandoned: (key: string) => boolean = () => true): number {
    if (!existsSync(this.workspace.drafts)) return 0;
    const leftovers = readdirSync(this.workspace.drafts).filter((name) => isAbandoned(name.split('.')[0]!));
    for (const name of leftovers) rmSync(join(this.workspace.drafts, name), { recursive: true, force: true });
    return leftovers.length;
  }

  private explained<T>(file: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explainStorageError(error, { file }) ?? error;
    }
  }
}
