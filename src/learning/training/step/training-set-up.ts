import type { DetectorSpec } from '../../../core/plan/detector-spec';
import type { Schedule } from '../../../core/plan/schedule';
import type { HeadSpec } from '../../../core/plan/head-spec';
import type { Parameter } from '../../detector/layers/parameter';
import type { LossNormalisation } from './normalise-losses';

/** One data set's part in every step. */
export interface TrainingPart {
  readonly head: HeadSpec;
  /** Its images in a step. */
  readonly images: number;
  /** Of its loss. */
  readonly weight: number;
  /** Labels count by their scores. */
  readonly soft?: boolean;
}

export interface TrainingSetUp {
  readonly spec: DetectorSpec;
  readonly schedule: Schedule;
  /** Detection before classification. */
  readonly parts: readonly TrainingPart[];
  /** Which part's loss the others are scaled to, and how; absent: weighted losses are added. */
  readonly normaliseLosses?: LossNormalisation & { readonly first: number };
  readonly parameters: readonly Parameter[];
}
