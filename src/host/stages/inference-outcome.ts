import type { StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import type { DatasetRole } from '../../core/plan/stage';
import type { InferenceCost } from '../../learning/training/run-network';

/** Images that a stage passed through a network. */
export interface SeenImages {
  readonly role: DatasetRole;
  readonly imageIds: readonly number[];
}

/** Ledger and data access of a stage that passes images through a network. */
export function inferenceOutcome(
  cost: InferenceCost,
  seen: readonly SeenImages[],
): Pick<StageOutcome, 'ledger' | 'imageIds'> {
  const imageIds: Record<string, number[]> = {};
  for (const { role, imageIds: own } of seen) {
    imageIds[role] = [...new Set([...(imageIds[role] ?? []), ...own])];
  }
  return {
    ledger: {
      flops: cost.flops,
      flopsByPhase: { inference: cost.flops },
      unknownKernels: cost.unknownKernels,
      deviceSeconds: cost.deviceSeconds,
      secondsByPhase: cost.secondsByPhase,
      imagesSeen: seen.reduce((sum, { imageIds: own }) => sum + own.length, 0),
    },
    imageIds,
  };
}

export function idsOf(images: readonly { readonly imageId: number }[]): number[] {
  return images.map(({ imageId }) => imageId);
}

/**
 * What a pass over images takes from the stage: its signal, and how it reports progress.
 * @param before images of an earlier pass
 */
export function passOptions(services: StageServices, total: number, before = 0) {
  return {
    signal: services.signal,
    onImages: (done: number) => services.progress({ done: before + done, total, unit: 'image' }),
  };
}
