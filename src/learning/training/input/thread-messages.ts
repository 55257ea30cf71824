import { RethinkError, type SourceLocation } from '../../../contract';
import type { InputArrays, InputPlan } from './input-plan';
import type { AuditedFiles } from '../../../core/process/file-access-audit';

/** What a thread is given: shared memory, and small settings that are copied. */
export interface InputThreadData {
  readonly plan: InputPlan;
  /** A ring: the inputs of step s are in `slots[s % slots.length]`. */
  readonly slots: readonly InputArrays[];
  /** The slice of each step's samples. */
  readonly first: number;
  readonly end: number;
  /** Data whose files no plugin may open. */
  readonly watched?: AuditedFiles;
}

/** To the thread: a step whose slot is free, or that no more will come. */
export interface InputRequest {
  readonly step?: number;
}

/** From the thread, in the order of the requests. */
export type InputReply = {
  readonly step: number;
  /** Watched files that were opened since the reply before. */
  readonly opened: readonly string[];
} & ({ readonly seconds: number } | { readonly error: ThrownError });

/** An error as it is passed between threads, where it loses its class. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly location?: SourceLocation;
  readonly hint?: string;
}

export function packError(error: unknown): ThrownError {
  if (!(error instanceof Error)) return { name: 'Error', message: `it threw ${String(error)}` };
  const { name, message, stack } = error;
  if (!(error instanceof RethinkError)) return { name, message, stack };
  const { code, location, hint } = error;
  return { name, message, stack, code, location, hint };
}

export function unpackError({ name, message, stack, code, location, hint }: ThrownError): Error {
  const error =
    code === undefined
      ? Object.assign(new Error(message), { name })
      : new RethinkError(code, message, { location, hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}
