import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Descriptor of the heartbeat file in the planning process. */
export const HEARTBEAT_DESCRIPTOR = 4;
const LENGTH = 512;

export interface Heartbeat {
  /** Grows with every beat. */
  readonly count: number;
  /** `<kind>/<name>` of the plugin whose code runs. */
  readonly currentPlugin: string;
}

/**
 * A file in which a planning process writes whose code it is about to run, so that a plugin that hangs or ends the
 * process can be named. A file, because a write is complete when it returns, at a hundredth of the cost of a message.
 */
export class HeartbeatFile implements Disposable {
  private readonly folder = mkdtempSync(join(tmpdir(), 'rethink-plan-'));
  readonly descriptor = openSync(join(this.folder, 'heartbeat'), 'w+');

  read(): Heartbeat | undefined {
    const bytes = Buffer.alloc(LENGTH);
    const length = readSync(this.descriptor, bytes, 0, LENGTH, 0);
    const [count, currentPlugin] = bytes.toString('utf8', 0, length).split('\n');
    return currentPlugin === undefined ? undefined : { count: Number(count), currentPlugin };
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** For the planning process. */
export function heartbeatWriter(): (currentPlugin: string) => void {
  let count = 0;
  return (currentPlugin) => {
    // The rest of an earlier, longer beat stays after the second line and is not read.
    writeSync(HEARTBEAT_DESCRIPTOR, `${++count}\n${currentPlugin}\n`.slice(0, LENGTH), 0);
  };
}
