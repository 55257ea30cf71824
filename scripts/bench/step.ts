/**
 * Times one training step of a small plain detector, op by op and compiled, in this process.
 *
 *   taskset -c 0 node --require ./src/register.cjs scripts/bench/step.ts [--threads 1] [--steps 30] [--size 96] [--batch 16] [--backend webgpu]
 */
import { parseArgs } from 'node:util';
import {
  adamSlots,
  type BackendName,
  batchNormTraining,
  biasAdd,
  clipByGlobalNorm,
  createState,
  type HostTensor,
  hostTensor,
  hostZeros,
  relu,
  sigmoidFocalLoss,
  type StepContext,
  type StepDefinition,
  tf,
  upsampleNearest,
  useBackend,
} from '../../src/tensor';

const { values: options } = parseArgs({
  options: {
    threads: { type: 'string', default: '1' },
    steps: { type: 'string', default: '30' },
    size: { type: 'string', default: '96' },
    batch: { type: 'string', default: '16' },
    mode: { type: 'string', default: 'both' },
    backend: { type: 'string', default: 'tensorflow' },
  },
});
const size = Number(options.size);
const batch = Number(options.batch);
const steps = Number(options.steps);

const channels = [16, 24, 48, 64, 96];
const classes = 6;
const anchors = 3;
const levels = [2, 3, 4];
const weights: Record<string, HostTensor> = {};
const averages: Record<string, HostTensor> = {};

let seed = 1;
function random(shape: number[], scale: number): HostTensor {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed / 2 ** 32 - 0.5) * 2 * scale;
  });
  return { dtype: 'float32', shape, values };
}

function declareConv(name: string, kernel: number, from: number, to: number, bias = true): void {
  weights[`${name}/kernel`] = random([kernel, kernel, from, to], Math.sqrt(3 / (kernel * kernel * from)));
  if (bias) weights[`${name}/bias`] = hostZeros([to]);
}

function declareNorm(name: string, to: number): void {
  weights[`${name}/gamma`] = hostTensor(new Float32Array(to).fill(1), [to]);
  weights[`${name}/beta`] = hostZeros([to]);
  averages[`${name}/mean`] = hostZeros([to]);
  averages[`${name}/variance`] = hostTensor(new Float32Array(to).fill(1), [to]);
}

channels.forEach((to, i) => {
  declareConv(`conv${i}`, 3, channels[i - 1] ?? 3, to, false);
  declareNorm(`conv${i}`, to);
});
for (const level of levels) {
  declareConv(`lateral${level}`, 1, channels[level]!, 32);
  declareConv(`smooth${level}`, 3, 32, 32);
  for (const head of ['class', 'box']) declareNorm(`${head}${level}`, 32);
}
for (const [head, to] of [
  ['class', classes * anchors],
  ['box', 4 * anchors],
] as const) {
  declareConv(head, 3, 32, 32, false);
  declareConv(`${head}/out`, 3, 32, to);
}

type Weights = Readonly<Record<string, tf.Tensor>>;

function forward(context: StepContext, w: Weights) {
  const conv = (x: tf.Tensor4D, name: string, stride = 1) => {
    const y = tf.conv2d(x, w[`${name}/kernel`] as tf.Tensor4D, stride, 'same');
    const bias = w[`${name}/bias`] as tf.Tensor1D | undefined;
    return bias === undefined ? y : biasAdd(y, bias);
  };
  const norm = (x: tf.Tensor4D, name: string) => {
    const { y, mean, variance } = batchNormTraining(
      x,
      w[`${name}/gamma`] as tf.Tensor1D,
      w[`${name}/beta`] as tf.Tensor1D,
      { epsilon: 1e-3 },
    );
    const average = (slot: string, value: tf.Tensor) =>
      context.assign(slot, tf.add(tf.mul(context.get(slot), 0.97), tf.mul(value, 0.03)));
    average(`${name}/mean`, mean);
    average(`${name}/variance`, variance);
    return relu(y);
  };
  let x = context.inputs.images as tf.Tensor4D;
  const features: tf.Tensor4D[] = channels.map((_, i) => (x = norm(conv(x, `conv${i}`, 2), `conv${i}`)));
  let above: tf.Tensor4D | undefined;
  const pyramid: [number, tf.Tensor4D][] = [...levels].reverse().map((level) => {
    let y = conv(features[level]!, `lateral${level}`);
    if (above !== undefined) y = tf.add(y, upsampleNearest(above));
    above = y;
    return [level, conv(y, `smooth${level}`)];
  });
  const outputs = (head: string, width: number) =>
    tf.concat(
      pyramid.map(([level, x]) =>
        tf.reshape(conv(norm(conv(x, head), `${head}${level}`), `${head}/out`), [batch, -1, width]),
      ),
      1,
    );
  return { logits: outputs('class', classes), boxes: outputs('box', 4) };
}

const names = Object.keys(weights);
const definition: StepDefinition = {
  name: 'bench',
  run(context) {
    const { inputs } = context;
    const { loss, gradients } = context.gradients(names, (w) => {
      const { logits, boxes } = forward(context, w);
      const focal = tf.sum(sigmoidFocalLoss(logits, inputs.classTargets!, { alpha: 0.25, gamma: 1.5 }));
      const distance = tf.abs(tf.sub(boxes, inputs.boxTargets!));
      const inside = tf.minimum(distance, 0.1);
      const huber = tf.sum(tf.mul(tf.mul(inside, tf.sub(distance, tf.mul(inside, 0.5))), inputs.boxMask!));
      return { loss: tf.div(tf.add(focal, tf.mul(huber, 10)), 50), auxiliary: {} };
    });
    const clipped = clipByGlobalNorm(gradients, 10);
    const { rate: learningRate, update: updateNumber } = inputs as Record<string, tf.Tensor>;
    for (const name of names) {
      context.applyAdam(name, clipped.gradients[name]!, {
        learningRate: learningRate!,
        updateNumber: updateNumber!,
      });
    }
    return { loss, norm: clipped.norm };
  },
};

const anchorCount = levels.reduce(
  (total, level) => total + Math.ceil(size / 2 ** (level + 1)) ** 2 * anchors,
  0,
);
const hits = random([batch, anchorCount, 1], 1).values.map((value) => (value > 0.95 ? 1 : 0)) as Float32Array;
const spread = (width: number) =>
  hostTensor(
    Float32Array.from(
      { length: hits.length * width },
      (_, i) => hits[Math.floor(i / width)]! * (i % width === 1 || width === 4 ? 1 : 0),
    ),
    [batch, anchorCount, width],
  );
const inputs = {
  images: random([batch, size, size, 3], 1),
  classTargets: spread(classes),
  boxTargets: random([batch, anchorCount, 4], 1),
  boxMask: spread(4),
  rate: 0.001,
};

async function time(compiled: boolean): Promise<void> {
  const state = createState({ ...weights, ...adamSlots(weights, names), ...averages }, { compiled });
  const step = state.createStep(definition);
  const begin = performance.now();
  let { loss } = await step.run({ ...inputs, update: 1 });
  const first = performance.now() - begin;
  const residentMb = () => Math.round(process.memoryUsage.rss() / 1e6);
  const residentBefore = residentMb();
  const times: number[] = [];
  for (let index = 0; index < steps; index += 1) {
    const before = performance.now();
    ({ loss } = await step.run({ ...inputs, update: index + 2 }));
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  const flops = await step.flops({ ...inputs, update: 1 });
  const median = times[Math.floor(times.length / 2)]!;
  process.stdout.write(
    `${JSON.stringify({
      mode: compiled ? 'compiled' : 'op by op',
      firstMs: Math.round(first),
      medianMs: Number(median.toFixed(2)),
      minMs: Number(times[0]!.toFixed(2)),
      loss: loss!.values[0],
      gigaflops: Number((flops.flops / 1e9).toFixed(3)),
      gigaflopsPerSecond: Number((flops.flops / 1e6 / median).toFixed(1)),
      unknown: flops.unknown,
      residentMb: [residentBefore, residentMb()],
      tensors: tf.memory().numTensors,
    })}\n`,
  );
  state.dispose();
}

async function main(): Promise<void> {
  const { name, engine } = await useBackend(options.backend as BackendName, {
    threads: Number(options.threads),
  });
  process.stdout.write(`${engine}\n`);
  if (options.mode !== 'op-by-op' && name === 'tensorflow') await time(true);
  if (options.mode !== 'compiled') await time(false);
}

void main();
