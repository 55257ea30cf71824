import type {
  AugmentationHandle,
  CheckpointRequest,
  CustomOutput,
  CustomStageRequest,
  DataHandle,
  PseudoClassRequest,
  PseudoLabelRequest,
  OracleLabelRequest,
  Stages,
  TrainedDetector,
  TrainRequest,
  Weights,
} from '../../contract';
import { planCheckpoint } from './requests/checkpoint';
import { planCustom } from './requests/custom';
import { planHoldOut } from './requests/hold-out';
import { planOracleLabel } from './requests/oracle-label';
import { planPseudoClass } from './requests/pseudo-class';
import { planPseudoLabel } from './requests/pseudo-label';
import { planTrain } from './requests/train';
import type { TrialContext } from './trial-context';

/** What the plugins of one trial may request. Requests are recorded; nothing runs here. */
export class TrialPlanner implements Stages {
  constructor(private readonly context: TrialContext) {}

  random(): Weights {
    return this.context.addWeights('random', { heads: [], stageIndex: 0 });
  }

  augmentation(name: string, options: Readonly<Record<string, unknown>> = {}): AugmentationHandle {
    return this.context.addAugmentation(this.context.setting.findAugmentation(name, options));
  }

  checkpoint(request: CheckpointRequest): Weights {
    return planCheckpoint(this.context, request);
  }

  train(request: TrainRequest): TrainedDetector {
    return planTrain(this.context, request);
  }

  pseudoLabel(request: PseudoLabelRequest): DataHandle {
    return planPseudoLabel(this.context, request);
  }

  oracleLabel(request: OracleLabelRequest): DataHandle {
    return planOracleLabel(this.context, request);
  }

  pseudoClass(request: PseudoClassRequest): DataHandle {
    return planPseudoClass(this.context, request);
  }

  custom(name: string, request: CustomStageRequest): CustomOutput {
    return planCustom(this.context, name, request);
  }

  holdOut(data: DataHandle, share: number): { kept: DataHandle; heldOut: DataHandle } {
    return planHoldOut(this.context, { data, share });
  }
}
