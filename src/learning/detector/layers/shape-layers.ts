import {
  type Activation,
  heNormal,
  type NormLayerOptions,
  type ConvolutionOptions,
  type DepthwiseOptions,
  type Layers,
} from './layers';
import {
  fileShapeOf,
  parameterName,
  type Initialiser,
  type Naming,
  type Parameter,
  type ParameterKind,
} from './parameter';

/** A map without its values and its batch. */
export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

const zero: Initialiser = { type: 'constant', value: 0 };
const one: Initialiser = { type: 'constant', value: 1 };

/** Lists the parameters of a network, in the order of their first use; a name used again must fit. */
export class ShapeLayers implements Layers<MapShape> {
  constructor(
    readonly parameters = new Map<string, Parameter>(),
    protected readonly prefix = '',
    protected readonly naming: Naming = 'pytorch',
  ) {}

  scope(prefix: string, naming = this.naming): ShapeLayers {
    return new ShapeLayers(this.parameters, this.prefix + prefix, naming);
  }

  convolution(x: MapShape, name: string, options: ConvolutionOptions): MapShape {
    const { filters, size, stride = 1, bias, initialiser = heNormal(size, filters) } = options;
    this.declare(name, 'kernel', [size, size, x.channels, filters], initialiser);
    if (bias !== undefined) this.declare(name, 'bias', [filters], { type: 'constant', value: bias.initial });
    return { height: Math.ceil(x.height / stride), width: Math.ceil(x.width / stride), channels: filters };
  }

  depthwise(x: MapShape, name: string, { size, stride = 1 }: DepthwiseOptions): MapShape {
    this.declare(name, 'depthwise', [size, size, x.channels, 1], heNormal(size, 1));
    return { ...x, height: Math.ceil(x.height / stride), width: Math.ceil(x.width / stride) };
  }

  batchNorm(x: MapShape, name: string, _options: NormLayerOptions): MapShape {
    this.declare(name, 'scale', [x.channels], one);
    this.declare(name, 'offset', [x.channels], zero);
    this.declare(name, 'mean', [x.channels], zero);
    this.declare(name, 'variance', [x.channels], one);
    return x;
  }

  batchNormActivate(x: MapShape, name: string, options: NormLayerOptions, activation: Activation): MapShape {
    return this.activate(this.batchNorm(x, name, options), activation);
  }

  activate(x: MapShape, _activation: Activation): MapShape {
    return x;
  }

  add(a: MapShape, b: MapShape): MapShape {
    if (!this.sameShape(a, b)) {
      throw new Error(`maps of different shape are added: ${JSON.stringify(a)}, ${JSON.stringify(b)}`);
    }
    return a;
  }

  scale(x: MapShape, _factors: MapShape): MapShape {
    return x;
  }

  globalPool(x: MapShape): MapShape {
    return { ...x, height: 1, width: 1 };
  }

  sameShape(a: MapShape, b: MapShape): boolean {
    return a.height === b.height && a.width === b.width && a.channels === b.channels;
  }

  channels(x: MapShape): number {
    return x.channels;
  }

  upsample(x: MapShape, like: MapShape): MapShape {
    return { ...like, channels: x.channels };
  }

  rows(x: MapShape, columns: number): MapShape {
    return { height: 1, width: (x.height * x.width * x.channels) / columns, channels: columns };
  }

  joinRows(parts: readonly MapShape[]): MapShape {
    return { ...parts[0]!, width: parts.reduce((sum, part) => sum + part.width, 0) };
  }

  dropBranch(x: MapShape): MapShape {
    return x;
  }

  dense(x: MapShape, name: string, units: number): MapShape {
    this.declare(name, 'dense', [x.channels, units], { type: 'uniform', limit: 1 / Math.sqrt(units) });
    this.declare(name, 'bias', [units], zero);
    return { height: 1, width: 1, channels: units };
  }

  private declare(layer: string, kind: ParameterKind, shape: number[], initialiser: Initialiser): void {
    const name = parameterName(this.prefix + layer, kind, this.naming);
    const known = this.parameters.get(name);
    if (known === undefined) {
      const fileShape = fileShapeOf(kind, shape, this.naming);
      this.parameters.set(name, { name, kind, shape, fileShape, initialiser });
    } else if (known.shape.join() !== shape.join()) {
      throw new Error(
        `${name} is shared by layers of different shape: [${known.shape.join()}], [${shape.join()}]`,
      );
    }
  }
}
