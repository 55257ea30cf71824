import { homedir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { mergeFactors } from '../../core/cost/factors';
import { readConformance } from '../../leaderboard/model/conformance';
import type { BuildSiteOptions, BuiltSite } from '../../leaderboard/site/build-site';
import type { ResultsSnapshot } from '../../results/database/records';
import { packageFolder } from '../../core/files/package-folder';
import type { Configuration } from './configuration';
import { factorSources } from './cost-factors';
import { Workspace } from '../../core/artifact/workspace';

/** Builds the pages. The charts' library takes half a second to load, so only the commands that draw load it. */
@Injectable()
export class ReportAccess {
  /** @returns path of the first page */
  async build(
    results: ResultsSnapshot,
    configuration: Configuration,
    outFolder: string = siteFolder(),
  ): Promise<string> {
    return (await this.site(results, configuration, { outFolder })).index;
  }

  /** @param options where the pages go, and with what they are compared */
  site(
    results: ResultsSnapshot,
    configuration: Configuration,
    options: Pick<BuildSiteOptions, 'before' | 'papers' | 'outFolder'>,
  ): Promise<BuiltSite> {
    const { buildSite } =
      require('../../leaderboard/site/build-site') as typeof import('../../leaderboard/site/build-site');
    const { resultFolders } =
      require('../../results/bundle/imported-results') as typeof import('../../results/bundle/imported-results');

    return buildSite({
      papers: 'boards',
      ...options,
      results,
      conformanceOf: ({ codeDigest }) => readConformance(configuration.workspace, codeDigest),
      artifactFolder: resultFolders(configuration.workspace),
      logFile: (key) => new Workspace(configuration.workspace).log(key),
      hiddenFolders: { [configuration.workspace]: '.rethink', [packageFolder]: '.', [homedir()]: '~' },
      factorsOf: ({ resolved }) => mergeFactors(...factorSources(resolved, configuration)),
    });
  }
}

/** Where the pages go unless another folder is named. */
export function siteFolder(): string {
  return join(packageFolder, 'reports', 'site');
}
