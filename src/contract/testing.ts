import 'reflect-metadata';
import type {
  AugmentationHandle,
  CheckpointRequest,
  CustomOutput,
  CustomStageRequest,
  DataByRole,
  DataHandle,
  PlanSchedule,
  PluginClass,
  PseudoClassRequest,
  PseudoLabelRequest,
  OracleLabelRequest,
  Stages,
  StrategyContext,
  TrainedDetector,
  TrainRequest,
  Weights,
} from './index';
import { dataRoles } from './index';

/** One request that a plugin made while it planned. */
export type PlanRequest =
  | ({ readonly stage: 'checkpoint'; readonly result: string } & CheckpointRequest)
  | ({ readonly stage: 'train'; readonly result: string } & TrainRequest)
  | ({ readonly stage: 'pseudo-label'; readonly result: string } & PseudoLabelRequest)
  | ({ readonly stage: 'oracle-label'; readonly result: string } & OracleLabelRequest)
  | ({ readonly stage: 'pseudo-class'; readonly result: string } & PseudoClassRequest)
  | ({ readonly stage: 'custom'; readonly result: string; readonly name: string } & CustomStageRequest);

/** `Stages` that only records requests: for tests of a plugin, without a host, data or training. */
export class RecordedStages implements Stages {
  readonly requests: PlanRequest[] = [];

  private record<Stage extends PlanRequest['stage']>(
    stage: Stage,
    request: Omit<Extract<PlanRequest, { stage: Stage }>, 'stage' | 'result'>,
  ): string {
    const result = `${stage}-${this.requests.length}`;
    this.requests.push({ stage, result, ...request } as unknown as PlanRequest);
    return result;
  }

  random(): Weights {
    return { type: 'weights', id: 'random' };
  }

  checkpoint(request: CheckpointRequest): Weights {
    return { type: 'weights', id: this.record('checkpoint', request) };
  }

  augmentation(name: string, options: Readonly<Record<string, unknown>> = {}): AugmentationHandle {
    return { type: 'augmentation', id: JSON.stringify([name, options]), strength: 0 };
  }

  train(request: TrainRequest): TrainedDetector {
    return { type: 'weights', id: this.record('train', request), detects: true };
  }

  pseudoLabel(request: PseudoLabelRequest): DataHandle {
    const id = this.record('pseudo-label', request);
    return { type: 'data', role: 'pseudo', id, size: request.images.size };
  }

  oracleLabel(request: OracleLabelRequest): DataHandle {
    const id = this.record('oracle-label', request);
    return { type: 'data', role: 'pseudo', id, size: request.images.size };
  }

  pseudoClass(request: PseudoClassRequest): DataHandle {
    const id = this.record('pseudo-class', request);
    return { type: 'data', role: 'pseudo', id, size: request.images.size };
  }

  holdOut(data: DataHandle, share: number): { kept: DataHandle; heldOut: DataHandle } {
    const size = Math.round(data.size * share);
    return {
      kept: { ...data, id: `${data.id} without ${share}`, size: data.size - size },
      heldOut: { ...data, id: `${share} of ${data.id}`, size },
    };
  }

  custom(name: string, request: CustomStageRequest): CustomOutput {
    const id = this.record('custom', { name, ...request });
    const weights = { type: 'weights', id } as const;
    return { type: 'custom', id, weights, detector: { ...weights, detects: true } };
  }
}

/** A context for `plan()` with recorded stages, all data roles (100 images each) and a short schedule. */
export function planContext(
  schedule: Partial<PlanSchedule> = {},
): StrategyContext & { readonly stages: RecordedStages } {
  const data = Object.fromEntries(
    dataRoles.map((role) => [role, { type: 'data', role, id: role, size: 100 }]),
  );
  return {
    stages: new RecordedStages(),
    init: { type: 'weights', id: 'init' },
    augmentation: { type: 'augmentation', id: 'augmentation', strength: 1 },
    data: { ...data, has: () => true } as unknown as DataByRole,
    schedule: { steps: 100, batch: 16, learningRate: 0.01, warmupSteps: 10, size: 96, ...schedule },
  };
}

/** Makes a plugin as the host does, with options parsed by its own schema. */
export function makePlugin<Instance>(plugin: PluginClass<Instance>, options: unknown = {}): Instance {
  // The constructor of a plugin without further services takes its options alone.
  return new (plugin as unknown as new (options: unknown) => Instance)(plugin.plugin.options.parse(options));
}
