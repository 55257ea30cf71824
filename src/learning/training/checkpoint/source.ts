import { RethinkError } from '../../../contract';

/** A file of a model repository on a hub. */
export interface HubFile {
  readonly type: 'hub';
  /** `owner/name` */
  readonly repo: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** Inside the repository. */
  readonly path: string;
}

export type CheckpointLocation = HubFile | { readonly type: 'file'; readonly path: string };

/** The usual name of the weights in a repository of one model (timm, transformers). */
const defaultFile = 'model.safetensors';
const commit = /^[0-9a-f]{40}$/;
const repoPart = /^[A-Za-z0-9](?:[\w.-]*\w)?$/;

/** Whether a revision is immutable; a branch or a tag may move. */
export function isCommit(revision: string): boolean {
  return commit.test(revision);
}

/**
 * Reads where weights come from: a path, or `hf:owner/name`, with `@revision` (by default `main`) and `#file` (by
 * default `model.safetensors`).
 * @throws `CHECKPOINT_SOURCE`
 */
export function parseSource(source: string): CheckpointLocation {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(source)?.[1];
  if (scheme === undefined) {
    if (source.trim() === '') throw malformed(source, 'it is empty');
    return { type: 'file', path: source };
  }
  if (scheme !== 'hf') throw malformed(source, `the scheme “${scheme}:” is not supported`);
  const [, repo = '', revision = 'main', path = defaultFile] =
    /^hf:([^@#]*)(?:@([^#]*))?(?:#(.*))?$/.exec(source) ?? [];
  const parts = repo.split('/');
  if (parts.length !== 2 || !parts.every((part) => repoPart.test(part) && !/--|\.\./.test(part))) {
    throw malformed(source, `“${repo}” is not of the form owner/name`);
  }
  // Both become folders of the cache.
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(revision) || revision.includes('..')) {
    throw malformed(source, `“${revision}” is not a valid revision`);
  }
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(path) || path.includes('..')) {
    throw malformed(source, `“${path}” is not a valid path in a repository`);
  }
  if (!isWeightsFile(path)) throw malformed(source, 'only .safetensors files are read from a hub');
  return { type: 'hub', repo, revision, path };
}

/** Whether a repository's file is of a format that is read: safetensors, or the index of a sharded checkpoint. */
export function isWeightsFile(path: string): boolean {
  return /\.safetensors(\.index\.json)?$/.test(path);
}

/** `hf:owner/name@revision#file`, all of it. */
export function formatHubFile({ repo, revision, path }: HubFile): string {
  return `hf:${repo}@${revision}#${path}`;
}

function malformed(source: string, reason: string): RethinkError {
  return new RethinkError('CHECKPOINT_SOURCE', `“${source}” is not a source of weights: ${reason}.`, {
    hint: 'Give the path of a .safetensors file or of a model.json, or hf:owner/name@revision.',
  });
}
