import { printable } from '../../core/text/printable';
import { type Redrawn, redrawnOn } from './redrawn';

/** A line that is redrawn in a terminal, and printed periodically elsewhere. */
export class StatusLine {
  private readonly draw: Redrawn | undefined = process.stderr.isTTY ? redrawnOn(process.stderr) : undefined;
  private last = '';
  private printedAt = -Infinity;

  constructor(private readonly intervalMs = 5000) {}

  update(text: string): void {
    this.last = printable(text);
    if (this.draw !== undefined) return this.draw(this.last);
    if (performance.now() - this.printedAt < this.intervalMs) return;
    this.printedAt = performance.now();
    process.stderr.write(`${this.last}\n`);
  }

  /** Leaves the last text, or another one, on the screen. */
  end(text = this.last): void {
    if (this.draw !== undefined) {
      if (text !== '') this.draw(text);
      this.draw.done();
    } else if (text !== '') {
      process.stderr.write(`${text}\n`);
    }
  }
}
