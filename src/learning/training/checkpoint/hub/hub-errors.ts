import type { HubApiError } from '@huggingface/hub';
import { RethinkError } from '../../../../contract';
import { formatHubFile, type HubFile } from '../source';
import { reasonOf } from '../../../../core/files/download';
import { unreachable, type HubSettings } from './connection';

/** An error of the client library, as one that says what to do. */
export function explainHubError(
  error: unknown,
  file: HubFile,
  { endpoint, token }: HubSettings,
): RethinkError {
  if (error instanceof RethinkError) return error;
  const status = statusOf(error);
  const name = formatHubFile(file);
  const page = `${endpoint}/${file.repo}`;
  switch (status) {
    case undefined:
      return unreachable(endpoint, reasonOf(error));
    case 401:
    case 403:
      return new RethinkError(
        'HUB_REFUSED',
        `The hub refuses ${name} ${token === undefined ? 'without a token' : 'with this token'} ` +
          `(${status}): the repository is gated, private or does not exist.`,
        {
          hint: `Check the name at ${page}, accept its conditions there, and set HF_TOKEN to a token that may read it.`,
          cause: error,
        },
      );
    case 404:
      return new RethinkError('HUB_NOT_FOUND', `The hub has no ${name}.`, {
        hint: `See ${page} for the repository's name, revisions and files.`,
        cause: error,
      });
    default:
      return new RethinkError('HUB_ANSWER', `The hub answered ${status} when asked for ${name}.`, {
        location: { file: page },
        cause: error,
      });
  }
}

function statusOf(error: unknown): number | undefined {
  const status = (error as Partial<HubApiError> | undefined)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}
