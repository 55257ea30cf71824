import { Module } from '@nestjs/common';
import { CurrentConfiguration } from './current-configuration';
import { SiteBuilder } from './site-builder';
import { WorkspaceResults } from './workspace-results';

/** What commands inject. */
@Module({
  providers: [CurrentConfiguration, WorkspaceResults, SiteBuilder],
  exports: [CurrentConfiguration, WorkspaceResults, SiteBuilder],
})
export class CommonModule {}
