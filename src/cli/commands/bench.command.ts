import { Command, SubCommand } from 'nest-commander';
import type { InferenceSpeed } from '../../learning/bench/inference';
import type { Milliseconds } from '../../learning/bench/measure';
import { backboneNames, parseSpeedOptions, type SpeedOptions } from '../../learning/bench/options';
import type { TrainingSpeed } from '../../learning/bench/training';
import { print, printJson } from '../terminal/output';
import { backendFlag, flag } from '../common/options';
import { CommandGroup } from '../common/command-group';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { BenchAugmentationCommand } from './bench-augmentation.command';
import { summaryOf } from './summaries';

interface BenchOptions extends CommonOptions {
  [name: string]: unknown;
}

/** Options of both benchmarks. `parseSpeedOptions` checks the values together. */
abstract class SpeedCommand extends RethinkCommand<BenchOptions> {
  static override readonly flags = [
    flag('--backbone <name>', `${backboneNames.join(', ')} (default: efficientnet-b0)`),
    flag('--width <factor>', 'channel multiplier (default: 1)'),
    flag('--depth <factor>', 'depth multiplier of an EfficientNet (default: 1)'),
    flag('--size <pixels>', 'side of the square input (default: 224)'),
    flag('--batch <images>', 'images per batch (default: 4)'),
    flag('--classes <count>', 'number of classes (default: 1000; 90 for a detector)'),
    flag('--fpn-channels <count>', 'channels of the detector’s feature pyramid and heads (default: 256)'),
    flag('--head-convolutions <count>', 'convolutions per detector head (default: 4)'),
    backendFlag,
    flag('--threads <count>', 'threads per operation (default: 1, as in a stage)'),
    flag('--steps <count>', 'timed runs (default: 20)'),
    flag('--warmup <count>', 'untimed runs before them (default: 3)'),
    flag('--eager', 'execute op by op instead of compiled'),
  ];

  protected speedOptions(options: BenchOptions): SpeedOptions {
    const { json: _json, verbose: _verbose, workspace: _workspace, ...given } = options;
    return parseSpeedOptions({ ...given, backend: this.configuration.backend });
  }
}

@SubCommand({ name: 'training', description: 'time the forward pass, backward pass and update of a network' })
class BenchTrainingCommand extends SpeedCommand {
  static override readonly flags = [
    flag('--detector <name>', 'train a detector instead of a classifier: retinanet'),
    flag('--optimizer <name>', 'sgd (with momentum, default) or adam'),
    flag('--micro-batch <images>', 'images per pass; gradients of several passes are accumulated'),
    flag('--precision <name>', 'float32 or mixed (default: float32)'),
    flag('--drop-connect <rate>', 'drop-connect rate of the last EfficientNet block (default: 0.2)'),
    ...SpeedCommand.flags,
  ];
  protected override readonly examples = [
    'bench training --backbone efficientnet-b0 --size 224 --batch 4 --json',
    'bench training --width 0.25 --depth 0.5 --size 96 --batch 16',
    'bench training --detector retinanet --size 96 --width 0.25 --depth 0.5 --fpn-channels 32 --head-convolutions 1',
  ];

  protected async execute(_: string[], options: BenchOptions): Promise<void> {
    const speed = this.speedOptions(options);
    const { benchTraining } =
      require('../../learning/bench/training') as typeof import('../../learning/bench/training');
    const result = await benchTraining(speed);
    if (options.json === true) printJson(result);
    else print(formatTraining(result));
  }
}

@SubCommand({ name: 'inference', description: 'time a RetinaNet from images to detections' })
class BenchInferenceCommand extends SpeedCommand {
  protected override readonly examples = [
    'bench inference --size 640 --batch 1 --json',
    'bench inference --backbone mobilenet-v1 --size 320 --batch 4',
  ];

  protected async execute(_: string[], options: BenchOptions): Promise<void> {
    const speed = this.speedOptions(options);
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
export class BenchCommand extends CommandGroup {}

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
