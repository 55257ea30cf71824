import { Injectable } from '@nestjs/common';
import { type CommandRunner, InjectCommander } from 'nest-commander';
import { summaries } from './commands/summaries';

type Commander = Parameters<CommandRunner['setCommand']>[0];

/** Name, description and help text of the program. Commander would use the file's name. */
@Injectable()
export class Program {
  constructor(@InjectCommander() commander: Commander) {
    commander
      .name('rethink')
      .enablePositionalOptions()
      .description('Compares ways to train an object detector: COCO AP against all the compute it took.')
      .addHelpText(
        'after',
        `
Examples:
  npm run -s rethink -- doctor
  npm run -s rethink -- plan benchmarks/quickstart.yaml
  npm run -s rethink -- run benchmarks/quickstart.yaml --only init=random,fraction=0.2
  npm run -s rethink -- report

Exit codes:
  0  success                             3  stages failed, or all were skipped
  1  internal error                      4  the machine lacks something (see doctor)
  2  wrong usage or invalid input        5  the workspace is in use by another run
  130  interrupted; finished work is saved`,
      );
  }
}

/** All commands by name and description alone, for the overview and did-you-mean: no command is loaded. */
@Injectable()
export class Overview {
  constructor(@InjectCommander() commander: Commander) {
    for (const [name, description] of Object.entries(summaries)) {
      commander.command(name).description(description);
    }
  }
}
