import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RethinkError } from '../../src/contract';

/** A reader of untrusted input. */
export interface FuzzTarget {
  /** Well-formed inputs, from which others are made. */
  seeds(): Promise<Buffer[]> | Buffer[];
  /**
   * Reads the input, which may be refused by a RethinkError and by nothing else.
   *
   * @param folder empty, of this input alone
   */
  read(input: Buffer, folder: string): unknown;
}

/** Inputs are small: anything that takes this long is stuck. */
const TIMEOUT_MS = 10_000;

/** Reads an input; returns what went wrong, or `undefined` if it was accepted or clearly refused. */
export async function tryInput(target: FuzzTarget, input: Buffer): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-fuzz-'));
  const start = performance.now();
  try {
    await target.read(input, folder);
  } catch (error) {
    const complaint = badError(error, folder);
    if (complaint !== undefined) return complaint;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const milliseconds = performance.now() - start;
  return milliseconds > TIMEOUT_MS ? `took ${Math.round(milliseconds)} ms` : undefined;
}

function badError(error: unknown, folder: string): string | undefined {
  if (!(error instanceof RethinkError)) {
    return error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}`;
  }
  if (error.message.length > 2000) return `a message of ${error.message.length} characters`;
  const ownWords = error.message.replaceAll(folder, '').replaceAll('received undefined', '');
  if (/\[object Object\]|\bundefined\b/.test(ownWords)) {
    return `a message that says nothing: ${error.message}`;
  }
  return undefined;
}
