import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Descriptor under which the planning process finds the notes. */
export const NOTES_DESCRIPTOR = 4;
const LENGTH = 512;

export interface PlanNote {
  /** Grows with every note. */
  readonly count: number;
  /** `<kind>/<name>` of the plugin whose code runs. */
  readonly plugin: string;
}

/**
 * Where a planning process writes whose code it is about to run: a plugin that hangs or ends the process leaves its name.
 * A file, because a write to it is done when it returns, and costs a hundredth of a message.
 */
export class PlanNotes implements Disposable {
  private readonly folder = mkdtempSync(join(tmpdir(), 'rethink-plan-'));
  readonly descriptor = openSync(join(this.folder, 'notes'), 'w+');

  read(): PlanNote | undefined {
    const bytes = Buffer.alloc(LENGTH);
    const [count, plugin] = bytes
      .toString('utf8', 0, readSync(this.descriptor, bytes, 0, LENGTH, 0))
      .split('\n');
    return plugin === undefined ? undefined : { count: Number(count), plugin };
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** For the planning process. */
export function noteWriter(): (plugin: string) => void {
  let count = 0;
  return (plugin) => {
    // What an earlier, longer note left behind the second line is not read.
    writeSync(NOTES_DESCRIPTOR, `${++count}\n${plugin}\n`.slice(0, LENGTH), 0);
  };
}
