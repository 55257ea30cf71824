/** Ctrl-C: the first stops gracefully, the second immediately. */
export class Interruption {
  private readonly stopping = new AbortController();
  private readonly killing = new AbortController();
  private readonly listener = () => this.interrupt();

  constructor() {
    process.on('SIGINT', this.listener);
    process.on('SIGTERM', this.listener);
  }

  get stop(): AbortSignal {
    return this.stopping.signal;
  }

  get kill(): AbortSignal {
    return this.killing.signal;
  }

  release(): void {
    process.off('SIGINT', this.listener);
    process.off('SIGTERM', this.listener);
  }

  killNow(): void {
    this.killing.abort();
  }

  private interrupt(): void {
    if (this.stopping.signal.aborted) return this.killNow();
    this.stopping.abort();
  }
}
