import { type HostTensor, type HostTensors } from './host-tensor';
import { type Step, type StepDefinition } from './step';

/**
 * Named tensors that steps share and change: weights, optimizer slots, moving averages. They stay where the
 * backend computes; `read` and `write` copy them for checkpoints.
 */
export interface State {
  readonly names: readonly string[];
  shape(name: string): readonly number[];
  /** Copies values out. @default all names */
  read(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Replaces values; shape and dtype must fit. @throws `STATE_UNKNOWN_NAME`, `TENSOR_SHAPE` */
  write(values: HostTensors): Promise<void>;
  /** A step on this state. */
  createStep(definition: StepDefinition): Step;
  dispose(): void;
}
