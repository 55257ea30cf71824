import type { RunListener } from '../../core/plan/run-events';

type Hook = keyof RunListener;
export type EventOf<H extends Hook> = Parameters<NonNullable<RunListener[H]>>[0];

/**
 * Hands events to all listeners, one event after the other. Progress is dropped while an earlier event is still
 * being handled: the next one comes soon.
 */
export class Listeners {
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(private readonly listeners: readonly RunListener[]) {}

  /** @throws what a listener throws, after the others have received the event */
  emit<H extends Hook>(hook: H, event: EventOf<H>): Promise<void> {
    if (hook === 'stageProgress' && this.waiting > 0) return Promise.resolve();
    this.waiting++;
    const done = this.tail.then(() => this.deliver(hook, event));
    this.tail = done.catch(() => undefined).finally(() => this.waiting--);
    return done;
  }

  private async deliver<H extends Hook>(hook: H, event: EventOf<H>): Promise<void> {
    const errors: unknown[] = [];
    for (const listener of this.listeners) {
      try {
        const handle = listener[hook] as ((event: EventOf<H>) => Promise<void> | void) | undefined;
        await handle?.call(listener, event);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
