/** Wall seconds by phase; laps follow each other without gaps. */
export class PhaseClock<Phase extends string = string> {
  readonly seconds: Record<string, number>;
  private mark = performance.now();

  constructor(earlier: Readonly<Record<string, number>> = {}) {
    this.seconds = { ...earlier };
  }

  /** @returns seconds since the last lap, which are added to the phase's */
  lap(phase: Phase): number {
    const now = performance.now();
    const seconds = (now - this.mark) / 1000;
    this.mark = now;
    this.seconds[phase] = (this.seconds[phase] ?? 0) + seconds;
    return seconds;
  }
}
