export { tf } from './tf';
export { currentBackend, useBackend, type Backend, type BackendName, type BackendOptions } from './backend';
export { diagnoseBackends, type BackendDiagnosis } from './diagnose';
export {
  hostScalar,
  hostTensor,
  hostZeros,
  type DType,
  type HostTensor,
  type HostTensors,
  type HostValues,
} from './host-tensor';
export { countDispatchedFlops } from './eager-flops';
export { createState, type StateOptions } from './create-state';
export { type State } from './state';
export {
  type AdamOptions,
  type MomentumOptions,
  type Step,
  type StepContext,
  type StepDefinition,
  type StepInputs,
} from './step';
export { adamSlots, momentumSlots } from './optimizer';
export { clipByGlobalNorm, globalNorm } from './gradients';
export { biasAdd, relu, relu6, sigmoid, swish } from './fused/activations';
export {
  batchNormInference,
  batchNormTraining,
  type BatchNormOptions,
  type BatchNormResult,
} from './fused/batch-norm';
export { oneHot } from './one-hot';
export { upsampleNearest } from './fused/resize';
export { sigmoidFocalLoss, softmaxCrossEntropy, type FocalLossOptions } from './fused/losses';
