import { type Warning } from './types';

/** How many examples of a warning or finding are listed. */
export const MOST_EXAMPLES = 5;

/** A warning as one line: message, count, first example, code. */
export function formatWarning({ code, message, count, examples: [first] = [] }: Warning): string {
  return `${message} (${count} ×${first === undefined ? '' : `, first: ${first}`}) [${code}]`;
}

/** Collects warnings by code: counts all, lists the first examples of each. */
export class WarningList {
  private readonly found = new Map<string, { message: string; count: number; examples: string[] }>();

  add(code: string, message: string, example: string): void {
    const known = this.found.get(code) ?? { message, count: 0, examples: [] };
    known.count++;
    if (known.examples.length < MOST_EXAMPLES) known.examples.push(example);
    this.found.set(code, known);
  }

  list(): Required<Warning>[] {
    return [...this.found].map(([code, warning]) => ({ code, ...warning }));
  }
}
