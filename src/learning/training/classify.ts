import {
  headComputation,
  type HeadNetwork,
  type InferenceCost,
  type NetworkInput,
  rowOf,
  runNetwork,
} from './run-network';

export interface ClassifiedImage {
  readonly imageId: number;
  /** Index of the most probable class. */
  readonly category: number;
  /** Its probability, by softmax. */
  readonly score: number;
}

export interface ClassificationResult extends InferenceCost {
  /** In the source's order. */
  readonly images: readonly ClassifiedImage[];
}

/** Gives every image of a source its most probable class. @throws `CANCELLED` */
export async function classifyImages(input: NetworkInput & HeadNetwork): Promise<ClassificationResult> {
  const { head } = input;
  const images: ClassifiedImage[] = [];
  const cost = await runNetwork(input, {
    name: 'classify',
    compute: headComputation(input, (output) => {
      if (output.type !== 'classification') throw new TypeError(`${head.name} is not a classification head`);
      return { logits: output.logits };
    }),
    take(part, { logits }) {
      part.imageIds.forEach((imageId, i) => {
        images.push({ imageId, ...mostProbable(rowOf(logits!, i, head.categories)) });
      });
    },
  });
  return { images, ...cost };
}

/** The largest of softmax(logits); the first of equal ones. */
export function mostProbable(logits: Float32Array): { category: number; score: number } {
  let category = 0;
  for (let k = 1; k < logits.length; k++) if (logits[k]! > logits[category]!) category = k;
  const sum = logits.reduce((sum, logit) => sum + Math.exp(logit - logits[category]!), 0);
  return { category, score: 1 / sum };
}
