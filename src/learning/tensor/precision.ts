import { readFileSync } from 'node:fs';
import { type BackendName } from './backend';
import { findNativeSetUp } from './native/addon';

/**
 * Why a backend cannot compute in mixed precision on this machine, as the end of a sentence; undefined where it can.
 * Nothing is loaded.
 * @param usesGpu whether it computes on a GPU; by default where TensorFlow is set up with CUDA
 * @param cpuInfo of Linux: the instructions that the CPU has
 * @throws `TENSORFLOW_MISSING`, `TENSORFLOW_BROKEN`
 */
export function mixedPrecisionProblem(
  backend: BackendName,
  usesGpu?: boolean,
  cpuInfo: () => string = () => readFileSync('/proc/cpuinfo', 'utf8'),
): string | undefined {
  if (backend !== 'tensorflow') return `the backend “${backend}” computes in float32 only`;
  const { device, source } = findNativeSetUp().manifest;
  if (source === 'package-installer') return 'TensorFlow of tfjs-node’s own installer is too old';
  // TensorFlow itself computes in float32 on GPUs without bfloat16.
  return (usesGpu ?? device === 'gpu') || hasBfloat16(cpuInfo)
    ? undefined
    : 'this CPU has no instructions for bfloat16 (avx512_bf16, amx_bf16 or, on Arm, bf16)';
}

function hasBfloat16(cpuInfo: () => string): boolean {
  try {
    return /\b(avx512_bf16|amx_bf16|bf16)\b/.test(cpuInfo());
  } catch {
    return false;
  }
}
