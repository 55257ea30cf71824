/** Figures of the steps since the entry before, averaged; learning rate and gradient norm are those of the step. */
export interface CurveEntry {
  /** Steps done. */
  readonly step: number;
  readonly loss: number;
  /** Of the first detection data set. */
  readonly classLoss?: number;
  readonly boxLoss?: number;
  readonly positives?: number;
  /** By data set, where there is more than one; before weights and normalisation. */
  readonly losses?: readonly number[];
  readonly learningRate: number;
  readonly gradientNorm?: number;
  readonly imagesPerSecond: number;
}

type Outputs = Readonly<Record<string, number>>;

/** Sums of the steps since the last entry. */
export interface OpenEntry {
  readonly sums: Readonly<Record<string, number>>;
  readonly steps: number;
}

/** Gathers the steps' figures into a curve of one entry every `every` steps. */
export class CurveRecorder {
  private sums: Record<string, number>;
  private steps: number;
  /** Steps of this process since the last entry, and since when. */
  private timed = 0;
  private since = performance.now();

  constructor(
    private readonly every: number,
    private readonly images: number,
    readonly entries: CurveEntry[],
    open: OpenEntry = { sums: {}, steps: 0 },
  ) {
    this.sums = { ...open.sums };
    this.steps = open.steps;
  }

  get open(): OpenEntry {
    return { sums: this.sums, steps: this.steps };
  }

  /** Whether the step, counted from 0, ends an entry. */
  isDue(step: number, total: number): boolean {
    return (step + 1) % this.every === 0 || step + 1 === total;
  }

  add(outputs: Outputs): void {
    for (const [name, value] of Object.entries(outputs)) this.sums[name] = (this.sums[name] ?? 0) + value;
    this.steps++;
    this.timed++;
  }

  /** Ends an entry. */
  close(step: number, learningRate: number, gradientNorm: number | undefined): CurveEntry {
    const now = performance.now();
    const mean = (name: string) => (this.sums[name] === undefined ? undefined : this.sums[name] / this.steps);
    const first = (name: string) => {
      const key = Object.keys(this.sums).find((key) => key.startsWith(`${name}.`));
      return key === undefined ? undefined : mean(key);
    };
    const parts = Object.keys(this.sums).filter((key) => /^loss\.\d+$/.test(key));
    const entry: CurveEntry = {
      step: step + 1,
      loss: mean('loss')!,
      classLoss: first('classLoss'),
      boxLoss: first('boxLoss'),
      positives: first('positives'),
      losses: parts.length > 1 ? parts.map((key) => mean(key)!) : undefined,
      learningRate,
      gradientNorm,
      imagesPerSecond: (1000 * this.timed * this.images) / (now - this.since),
    };
    this.entries.push(entry);
    this.sums = {};
    this.steps = 0;
    this.timed = 0;
    this.since = now;
    return entry;
  }
}
