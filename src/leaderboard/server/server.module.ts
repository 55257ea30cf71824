import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { LIVE_SOURCE, LiveController, type LiveSource } from './live.controller';
import { SITE_FOLDER, SiteController, type SiteFolder } from './site.controller';

export interface ServerModuleOptions {
  /** Of the built site. */
  readonly folder: string;
  /** Source of the live view under `/live`; without it, only the site is served. */
  readonly live?: Omit<LiveSource, 'hasSite'>;
}

@Module({})
export class ServerModule {
  static forRoot({ folder, live }: ServerModuleOptions): DynamicModule {
    const site: SiteFolder = { folder, hasLive: live !== undefined };
    const source: LiveSource | undefined = live && { ...live, hasSite: () => hasSite(folder) };
    return {
      module: ServerModule,
      // Routes match in this order, and the site takes every path.
      controllers: [...(source === undefined ? [] : [LiveController]), SiteController],
      providers: [
        { provide: SITE_FOLDER, useValue: site },
        { provide: LIVE_SOURCE, useValue: source },
      ],
    };
  }
}

/** Whether a site has been built in a folder. */
export function hasSite(folder: string): boolean {
  return existsSync(join(folder, 'index.html'));
}
