import { Command, Option, SubCommand } from 'nest-commander';
import type { InferenceSpeed } from '../../learning/bench/inference';
import type { Milliseconds } from '../../learning/bench/measure';
import { backboneNames, parseSpeedOptions, type SpeedOptions } from '../../learning/bench/options';
import type { TrainingSpeed } from '../../learning/bench/training';
import { RethinkError } from '../../contract';
import { print, printJson } from '../terminal/output';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { BenchAugmentationCommand } from './bench-augmentation.command';
import { summaryOf } from './summaries';

interface BenchOptions extends CommonOptions {
  [name: string]: unknown;
}

/** What both benchmarks of speed share. Values are checked together, by `parseSpeedOptions`. */
abstract class SpeedCommand extends RethinkCommand<BenchOptions> {
  protected speedOptions(inputs: string[], options: BenchOptions): SpeedOptions {
    if (inputs.length > 0) {
      throw new RethinkError('USAGE', `"${inputs[0]}" is too much: everything is an option`, {
        hint: 'see --help',
      });
    }
    const { json: _json, verbose: _verbose, workspace: _workspace, ...given } = options;
    return parseSpeedOptions({ ...given, backend: this.configuration.backend });
  }

  @Option({
    flags: '--backbone <name>',
    description: `${backboneNames.join(', ')} (default: efficientnet-b0)`,
  })
  parseBackbone(value: string): string {
    return value;
  }

  @Option({ flags: '--width <factor>', description: 'multiplies the channels (default: 1)' })
  parseWidth(value: string): string {
    return value;
  }

  @Option({ flags: '--depth <factor>', description: 'multiplies the blocks of an efficientnet (default: 1)' })
  parseDepth(value: string): string {
    return value;
  }

  @Option({ flags: '--size <pixels>', description: 'side of the square input (default: 224)' })
  parseSize(value: string): string {
    return value;
  }

  @Option({ flags: '--batch <images>', description: 'images at once (default: 4)' })
  parseBatch(value: string): string {
    return value;
  }

  @Option({
    flags: '--classes <count>',
    description: 'of the head (default: 1000, of a detector 90)',
  })
  parseClasses(value: string): string {
    return value;
  }

  @Option({
    flags: '--fpn-channels <count>',
    description: 'of a detector’s pyramid and heads (default: 256)',
  })
  parseFpnChannels(value: string): string {
    return value;
  }

  @Option({ flags: '--head-convolutions <count>', description: 'of each head of a detector (default: 4)' })
  parseHeadConvolutions(value: string): string {
    return value;
  }

  @Option({ flags: '--backend <name>', description: 'tensor engine: tensorflow (default), webgpu or cpu' })
  parseBackend(value: string): string {
    return value;
  }

  @Option({ flags: '--threads <count>', description: 'inside an operation (default: 1, as in a stage)' })
  parseThreads(value: string): string {
    return value;
  }

  @Option({ flags: '--steps <count>', description: 'runs with a clock (default: 20)' })
  parseSteps(value: string): string {
    return value;
  }

  @Option({ flags: '--warmup <count>', description: 'runs before them (default: 3)' })
  parseWarmup(value: string): string {
    return value;
  }

  @Option({ flags: '--eager', description: 'op by op instead of compiled' })
  parseEager(): boolean {
    return true;
  }
}

@SubCommand({ name: 'training', description: 'time forward, backward and update of a network' })
class BenchTrainingCommand extends SpeedCommand {
  protected override readonly examples = [
    'bench training --backbone efficientnet-b0 --size 224 --batch 4 --json',
    'bench training --width 0.25 --depth 0.5 --size 96 --batch 16',
    'bench training --detector retinanet --size 96 --width 0.25 --depth 0.5 --fpn-channels 32 --head-convolutions 1',
  ];

  protected async execute(inputs: string[], options: BenchOptions): Promise<void> {
    const speed = this.speedOptions(inputs, options);

    const { benchTraining } =
      require('../../learning/bench/training') as typeof import('../../learning/bench/training');
    const result = await benchTraining(speed);
    if (options.json === true) printJson(result);
    else print(formatTraining(result));
  }

  @Option({
    flags: '--detector <name>',
    description: 'a detector on the backbone in place of a classifier: retinanet',
  })
  parseDetector(value: string): string {
    return value;
  }

  @Option({ flags: '--optimizer <name>', description: 'sgd with momentum (default) or adam' })
  parseOptimizer(value: string): string {
    return value;
  }

  @Option({
    flags: '--micro-batch <images>',
    description: 'images of one pass; gradients of several are added up',
  })
  parseMicroBatch(value: string): string {
    return value;
  }

  @Option({
    flags: '--drop-connect <rate>',
    description: 'of the last block of an efficientnet (default: 0.2)',
  })
  parseDropConnect(value: string): string {
    return value;
  }
}

@SubCommand({ name: 'inference', description: 'time a RetinaNet from images to detections' })
class BenchInferenceCommand extends SpeedCommand {
  protected override readonly examples = [
    'bench inference --size 640 --batch 1 --json',
    'bench inference --backbone mobilenet-v1 --size 320 --batch 4',
  ];

  protected async execute(inputs: string[], options: BenchOptions): Promise<void> {
    const speed = this.speedOptions(inputs, options);

    const { benchInference } =
      require('../../learning/bench/inference') as typeof import('../../learning/bench/inference');
    const result = await benchInference(speed);
    if (options.json === true) printJson(result);
    else print(formatInference(result));
  }
}

@Command({
  ...summaryOf('bench'),
  subCommands: [BenchTrainingCommand, BenchInferenceCommand, BenchAugmentationCommand],
})
export class BenchCommand extends RethinkCommand {
  protected execute(): Promise<void> {
    this.command.help();
  }
}

function line(name: string, { median, min, max }: Milliseconds): string {
  return `${name.padEnd(10)}${median.toFixed(1)} ms  (${min.toFixed(1)} … ${max.toFixed(1)})`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function formatTraining(speed: TrainingSpeed): string {
  const { backend, threads, compiled, flops, flopsPerSecond } = speed;
  return [
    `${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${compiled ? `compiled in ${(speed.compileMs / 1000).toFixed(1)} s` : 'op by op'}`,
    line('forward', speed.forwardMs),
    line('step', speed.stepMs),
    `${speed.imagesPerSecond} images a second, ${(flops / 1e9).toFixed(2)} GFLOP a step, ${(flopsPerSecond / 1e9).toFixed(1)} GFLOP/s`,
    `peak memory ${mebibytes(speed.peakMemoryBytes)}, of which ${mebibytes(speed.idleMemoryBytes)} before there were weights`,
  ].join('\n');
}

function formatInference(speed: InferenceSpeed): string {
  const { backend, threads, compiled } = speed;
  return [
    `${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${compiled ? 'compiled' : 'op by op'}`,
    line('network', speed.forwardMs),
    line('decoding', speed.decodeMs),
    line('batch', speed.batchMs),
    `${speed.imagesPerSecond} images a second, ${speed.detections} detections, ${(speed.flops / 1e9).toFixed(2)} GFLOP`,
    `peak memory ${mebibytes(speed.peakMemoryBytes)}, of which ${mebibytes(speed.idleMemoryBytes)} before there were weights`,
  ].join('\n');
}
