import { modelInfo } from '@huggingface/hub';
import { RethinkError } from '../../../../contract';
import { formatHubFile, isCommit, type HubFile } from '../source';
import { HubCache } from './cache';
import { patientFetch, type HubSettings } from './connection';
import { explainHubError } from './hub-errors';

/**
 * The file with the current commit of its branch or tag; a commit is returned unchanged, without a request. Where the
 * hub cannot be reached, the commit of the last successful request is taken, with a warning.
 * @throws `HUB_UNREACHABLE` where no earlier request succeeded; `HUB_REFUSED`, `HUB_NOT_FOUND`, `HUB_ANSWER`
 */
export async function resolveRevision(
  file: HubFile,
  settings: HubSettings,
  cache = new HubCache(),
): Promise<HubFile> {
  if (isCommit(file.revision)) return file;
  try {
    const revision = await ask(file, settings);
    // A convenience for the next time: an unwritable cache is not an error.
    await cache.rememberCommit(file, revision).catch(() => undefined);
    return { ...file, revision };
  } catch (error) {
    const explained = explainHubError(error, file, settings);
    const known = await cache.commitOf(file);
    if (explained.code !== 'HUB_UNREACHABLE' || known === undefined) throw explained;
    settings.logger?.warn(
      `${explained.message} ${formatHubFile(file)} is taken as ${known}, its commit when the hub was last reached.`,
    );
    return { ...file, revision: known };
  }
}

async function ask(file: HubFile, settings: HubSettings): Promise<string> {
  const { sha } = await modelInfo({
    name: file.repo,
    revision: file.revision,
    additionalFields: ['sha'],
    hubUrl: settings.endpoint,
    accessToken: settings.token,
    fetch: patientFetch(settings),
  });
  if (typeof sha === 'string' && isCommit(sha)) return sha;
  throw new RethinkError('HUB_ANSWER', `The hub states no commit of ${formatHubFile(file)}.`);
}
