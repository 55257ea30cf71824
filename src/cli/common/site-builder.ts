import { homedir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { mergeFactors } from '../../core/cost/factors';
import { readConformance } from '../../leaderboard/model/conformance';
import type { BuildSiteOptions, BuiltSite } from '../../leaderboard/site/build-site';
import type { ResultsSnapshot } from '../../results/database/records';
import { packageFolder } from '../../core/files/package-folder';
import { factorSources } from './cost-factors';
import { CurrentConfiguration } from './current-configuration';
import { Workspace } from '../../core/artifact/workspace';

/** Builds the leaderboard. The chart library takes half a second to load, so only commands that draw load it. */
@Injectable()
export class SiteBuilder {
  constructor(private readonly configuration: CurrentConfiguration) {}

  build(
    results: ResultsSnapshot,
    options: Partial<Pick<BuildSiteOptions, 'before' | 'exports' | 'outFolder'>> = {},
  ): Promise<BuiltSite> {
    const { buildSite } =
      require('../../leaderboard/site/build-site') as typeof import('../../leaderboard/site/build-site');
    const { resultFolders } =
      require('../../results/bundle/imported-results') as typeof import('../../results/bundle/imported-results');

    const configuration = this.configuration.value;
    const { workspace } = configuration;
    return buildSite({
      exports: 'overview',
      outFolder: siteFolder(),
      ...options,
      results,
      conformanceOf: ({ codeDigest }) => readConformance(workspace, codeDigest),
      artifactFolder: resultFolders(workspace),
      logFile: (key) => new Workspace(workspace).log(key),
      hiddenFolders: { [workspace]: '.rethink', [packageFolder]: '.', [homedir()]: '~' },
      factorsOf: ({ resolved }) => mergeFactors(...factorSources(resolved, configuration)),
    });
  }
}

/** Default folder of the built leaderboard. */
export function siteFolder(): string {
  return join(packageFolder, 'reports', 'site');
}
