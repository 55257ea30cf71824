import { RethinkError, type NamedArrays, type RandomSource } from '../../contract';
import { hostTensor, type HostTensor } from '../tensor';
import { fromFileLayout, toFileLayout, type Initialiser, type Parameter } from './layers/parameter';

/** Values of a network's parameters in the layout in which TensorFlow computes. */
export type NetworkWeights = Record<string, HostTensor>;

/** Initial values; those of each tensor depend only on the source's seed and on its name. */
export function initialiseWeights(parameters: readonly Parameter[], random: RandomSource): NetworkWeights {
  return Object.fromEntries(
    parameters.map(({ name, shape, initialiser }) => {
      const size = shape.reduce((product, side) => product * side, 1);
      return [name, hostTensor(sample(initialiser, size, random.fork(name)), shape)];
    }),
  );
}

function sample(initialiser: Initialiser, size: number, random: RandomSource): Float32Array {
  const values = new Float32Array(size);
  switch (initialiser.type) {
    case 'constant':
      return values.fill(initialiser.value);
    case 'normal':
      return values.map(() => initialiser.deviation * random.normal());
    case 'uniform':
      return values.map(() => random.between(-initialiser.limit, initialiser.limit));
  }
}

/** How a file's tensors and a network's parameters agree. */
export interface WeightsFit {
  /** Parameters which the file has in their shape. */
  readonly taken: NetworkWeights;
  /** Parameters which the file lacks. */
  readonly missing: readonly string[];
  /** Parameters which the file has in another shape. */
  readonly misshapen: readonly { name: string; expected: readonly number[]; found: readonly number[] }[];
  /** Tensors of the file which are no parameters; PyTorch's counters `num_batches_tracked` do not count. */
  readonly unexpected: readonly string[];
}

export function fitWeights(parameters: readonly Parameter[], file: NamedArrays): WeightsFit {
  const taken: NetworkWeights = {};
  const missing: string[] = [];
  const misshapen: { name: string; expected: readonly number[]; found: readonly number[] }[] = [];
  for (const parameter of parameters) {
    const { name, shape, fileShape } = parameter;
    const found = Object.hasOwn(file, name) ? file[name] : undefined;
    if (found === undefined) {
      missing.push(name);
    } else if (found.shape.join() !== fileShape.join()) {
      misshapen.push({ name, expected: fileShape, found: found.shape });
    } else {
      taken[name] = hostTensor(fromFileLayout(parameter, Float32Array.from(found.values)), shape);
    }
  }
  const known = new Set(parameters.map(({ name }) => name));
  const unexpected = Object.keys(file).filter(
    (name) => !known.has(name) && !name.endsWith('num_batches_tracked'),
  );
  return { taken, missing, misshapen, unexpected };
}

/**
 * Values of all parameters from a file.
 * @param options.mayHave tensors that the file may have beyond the parameters; none by default
 * @throws `WEIGHTS_DO_NOT_FIT`, which lists missing, unexpected and misshapen tensors by name
 */
export function requireWeights(
  parameters: readonly Parameter[],
  file: NamedArrays,
  options: { readonly file: string; readonly mayHave?: (name: string) => boolean },
): NetworkWeights {
  const fit = fitWeights(parameters, file);
  const unexpected = fit.unexpected.filter((name) => options.mayHave?.(name) !== true);
  const complaints = [
    list('missing', fit.missing),
    list('unexpected', unexpected),
    list(
      'of another shape',
      fit.misshapen.map(
        ({ name, expected, found }) => `${name} ([${found.join(', ')}] instead of [${expected.join(', ')}])`,
      ),
    ),
  ].filter((text) => text !== undefined);
  if (complaints.length > 0) {
    throw new RethinkError(
      'WEIGHTS_DO_NOT_FIT',
      `The weights do not fit the network: ${complaints.join('; ')}.`,
      {
        location: { file: options.file },
        hint: 'Check that the file was made for this backbone, width, depth and these heads.',
      },
    );
  }
  return fit.taken;
}

/** More would hide the other complaints. */
const maxListed = 40;

function list(what: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const rest = names.length - maxListed;
  return `${names.length} ${what}: ${names.slice(0, maxListed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** The values in the layout of files. */
export function toFile(parameters: readonly Parameter[], weights: Readonly<NetworkWeights>): NamedArrays {
  return Object.fromEntries(
    parameters.map((parameter) => {
      const values = weights[parameter.name]!.values as Float32Array;
      return [parameter.name, { shape: parameter.fileShape, values: toFileLayout(parameter, values) }];
    }),
  );
}
