import { modelInfo } from '@huggingface/hub';
import { RethinkError } from '../../../../contract';
import { formatHubFile, isCommit, type HubFile } from '../source';
import { HubCache } from './cache';
import { patientFetch, type HubSettings } from './connection';
import { explainHubError } from './hub-errors';

/**
 * The file with the commit that its branch or tag is now; a commit is taken as it is, without asking anybody. Out of
 * the hub's reach the commit that it was when last asked is taken, and a warning says so.
 * @throws `HUB_UNREACHABLE` when it was never asked; `HUB_REFUSED`, `HUB_NOT_FOUND`, `HUB_ANSWER`
 */
export async function resolveRevision(
  file: HubFile,
  settings: HubSettings,
  cache = new HubCache(),
): Promise<HubFile> {
  if (isCommit(file.revision)) return file;
  try {
    const revision = await ask(file, settings);
    // Convenience for the next time; a cache that cannot be written is no reason to stop.
    await cache.rememberCommit(file, revision).catch(() => undefined);
    return { ...file, revision };
  } catch (error) {
    const explained = explainHubError(error, file, settings);
    const known = await cache.commitOf(file);
    if (explained.code !== 'HUB_UNREACHABLE' || known === undefined) throw explained;
    settings.logger?.warn(
      `${explained.message} ${formatHubFile(file)} is taken as ${known}, which it was when last asked`,
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
  throw new RethinkError('HUB_ANSWER', `The hub does not say which commit ${formatHubFile(file)} is.`);
}
