import { Injectable } from '@nestjs/common';
import { type CommandRunner, InjectCommander } from 'nest-commander';

type Commander = Parameters<CommandRunner['setCommand']>[0];

/** Gives the program its name in help texts; by itself, Commander would take the file's. */
@Injectable()
export class ProgramName {
  constructor(@InjectCommander() commander: Commander) {
    commander
      .name('rethink')
      .enablePositionalOptions()
      .description(
        'Benchmark of detector training: pre-training against self-training, AP against all the compute.',
      )
      .addHelpText(
        'after',
        `
Examples:
  npm run -s rethink -- doctor
  npm run -s rethink -- plan benchmarks/quickstart.yaml
  npm run -s rethink -- run benchmarks/quickstart.yaml --only init=random,fraction=0.2
  npm run -s rethink -- report

Exit codes:
  0  all went well                       3  the run ended, but stages failed
  1  a defect of the software            4  the machine lacks something (see doctor)
  2  wrong usage or bad input            5  another run holds the workspace
  130  interrupted; what was done is kept`,
      );
  }
}
