import { once } from 'node:events';
import { resolve } from 'node:path';
import { Command } from 'nest-commander';
import { print, printJson, log } from '../terminal/output';
import { siteFolder } from '../common/site-builder';
import { WorkspaceResults } from '../common/workspace-results';
import { flag, integer } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';

interface ServeOptions extends CommonOptions {
  port?: number;
  host?: string;
  site?: string;
}

const DEFAULT_PORT = 8080;

@Command({ ...summaryOf('serve') })
export class ServeCommand extends RethinkCommand<ServeOptions> {
  static override readonly flags = [
    flag('--port <number>', `port; 0 picks a free one (default: ${DEFAULT_PORT})`, integer(0, 65_535)),
    flag('--host <address>', 'address to listen on (default: loopback only)'),
    flag('--site <folder>', 'folder of the leaderboard (default: reports/site)'),
  ];
  protected override readonly examples = ['serve', 'serve --port 0 --json'];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute(_args: string[], options: ServeOptions): Promise<void> {
    const { port = DEFAULT_PORT, host } = options;
    const { serveSite } =
      require('../../leaderboard/server/site-server') as typeof import('../../leaderboard/server/site-server');
    const folder = options.site === undefined ? siteFolder() : resolve(options.site);
    const service = await this.results.openExisting();
    const live = service && {
      workspace: this.configuration.workspace,
      progress: () => service.progress(),
    };
    const server = await serveSite({ folder, port, host, live });
    if (options.json === true) printJson({ url: server.url, folder });
    else print(server.url);
    log('Press Ctrl-C to stop.');
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await server.close();
    await service?.close();
  }
}
