import { Command, Option, SubCommand } from 'nest-commander';
import type { InferenceSpeed } from '../../learning/bench/inference';
import type { Milliseconds } from '../../learning/bench/measure';
import { backboneNames, parseSpeedOptions, type SpeedOptions } from '../../learning/bench/options';
import type { TrainingSpeed } from '../../learning/bench/training';
import { refuseArguments } from '../common/options';
import { print, printJson } from '../terminal/output';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { BenchAugmentationCommand } from './bench-augmentation.command';
import { summaryOf } from './summaries';

interface BenchOptions extends CommonOptions {
  [name: string]: unknown;
}

/** Options of both benchmarks. `parseSpeedOptions` checks the values together. */
abstract class SpeedCommand extends RethinkCommand<BenchOptions> {
  protected speedOptions(args: string[], options: BenchOptions): SpeedOptions {
    refuseArguments(args);
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

  @Option({ flags: '--width <factor>', description: 'channel multiplier (default: 1)' })
  parseWidth(value: string): string {
    return value;
  }

  @Option({ flags: '--depth <factor>', description: 'depth multiplier of an EfficientNet (default: 1)' })
  parseDepth(value: string): string {
    return value;
  }

  @Option({ flags: '--size <pixels>', description: 'side of the square input (default: 224)' })
  parseSize(value: string): string {
    return value;
  }

  @Option({ flags: '--batch <images>', description: 'images per batch (default: 4)' })
  parseBatch(value: string): string {
    return value;
  }

  @Option({
    flags: '--classes <count>',
    description: 'number of classes (default: 1000; 90 for a detector)',
  })
  parseClasses(value: string): string {
    return value;
  }

  @Option({
    flags: '--fpn-channels <count>',
    description: 'channels of the detector’s feature pyramid and heads (default: 256)',
  })
  parseFpnChannels(value: string): string {
    return value;
  }

  @Option({
    flags: '--head-convolutions <count>',
    description: 'convolutions per detector head (default: 4)',
  })
  parseHeadConvolutions(value: string): string {
    return value;
  }

  @Option({ flags: '--backend <name>', description: 'tensor engine: tensorflow (default), webgpu or cpu' })
  parseBackend(value: string): string {
    return value;
  }

  @Option({ flags: '--threads <count>', description: 'threads per operation (default: 1, as in a stage)' })
  parseThreads(value: string): string {
    return value;
  }

  @Option({ flags: '--steps <count>', description: 'timed runs (default: 20)' })
  parseSteps(value: string): string {
    return value;
  }

  @Option({ flags: '--warmup <count>', description: 'untimed runs before them (default: 3)' })
  parseWarmup(value: string): string {
    return value;
  }

  @Option({ flags: '--eager', description: 'execute op by op instead of compiled' })
  parseEager(): boolean {
    return true;
  }
}

@SubCommand({ name: 'training', description: 'time the forward pass, backward pass and update of a network' })
class BenchTrainingCommand extends SpeedCommand {
  protected override readonly examples = [
    'bench training --backbone efficientnet-b0 --size 224 --batch 4 --json',
    'bench training --width 0.25 --depth 0.5 --size 96 --batch 16',
    'bench training --detector retinanet --size 96 --width 0.25 --depth 0.5 --fpn-channels 32 --head-convolutions 1',
  ];

  protected async execute(args: string[], options: BenchOptions): Promise<void> {
    const speed = this.speedOptions(args, options);

    const { benchTraining } =
      require('../../learning/bench/training') as typeof import('../../learning/bench/training');
    const result = await benchTraining(speed);
    if (options.json === true) printJson(result);
    else print(formatTraining(result));
  }

  @Option({
    flags: '--detector <name>',
    description: 'train a detector instead of a classifier: retinanet',
  })
  parseDetector(value: string): string {
    return value;
  }

  @Option({ flags: '--optimizer <name>', description: 'sgd (with momentum, default) or adam' })
  parseOptimizer(value: string): string {
    return value;
  }

  @Option({
    flags: '--micro-batch <images>',
    description: 'images per pass; gradients of several passes are accumulated',
  })
  parseMicroBatch(value: string): string {
    return value;
  }

  @Option({
    flags: '--drop-connect <rate>',
    description: 'drop-connect rate of the last EfficientNet block (default: 0.2)',
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

  protected async execute(args: string[], options: BenchOptions): Promise<void> {
    const speed = this.speedOptions(args, options);

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

function formatTiming(name: string, { median, min, max }: Milliseconds): string {
  return `${name.padEnd(10)}${median.toFixed(1)} ms  (${min.toFixed(1)} … ${max.toFixed(1)})`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function formatTraining(speed: TrainingSpeed): string {
  const { backend, threads, compiled, flops, flopsPerSecond } = speed;
  return [
    `${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${compiled ? `compiled in ${(speed.compileMs / 1000).toFixed(1)} s` : 'op by op'}`,
    formatTiming('forward', speed.forwardMs),
    formatTiming('step', speed.stepMs),
    `${speed.imagesPerSecond} images/s, ${(flops / 1e9).toFixed(2)} GFLOP per step, ${(flopsPerSecond / 1e9).toFixed(1)} GFLOP/s`,
    `peak memory ${mebibytes(speed.peakMemoryBytes)}, ${mebibytes(speed.idleMemoryBytes)} of it before the weights`,
  ].join('\n');
}

function formatInference(speed: InferenceSpeed): string {
  const { backend, threads, compiled } = speed;
  return [
    `${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${compiled ? 'compiled' : 'op by op'}`,
    formatTiming('network', speed.forwardMs),
    formatTiming('decoding', speed.decodeMs),
    formatTiming('batch', speed.batchMs),
    `${speed.imagesPerSecond} images/s, ${speed.detections} detections, ${(speed.flops / 1e9).toFixed(2)} GFLOP`,
    `peak memory ${mebibytes(speed.peakMemoryBytes)}, ${mebibytes(speed.idleMemoryBytes)} of it before the weights`,
  ].join('\n');
}
