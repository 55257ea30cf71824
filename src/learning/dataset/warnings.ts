import { type DatasetWarning } from './types';

/** Collects repairs by code, counting all and keeping the first places of each. */
export class WarningList {
  private readonly found = new Map<string, { message: string; count: number; places: string[] }>();

  add(code: string, message: string, place: string): void {
    const known = this.found.get(code) ?? { message, count: 0, places: [] };
    known.count++;
    if (known.places.length < 5) known.places.push(place);
    this.found.set(code, known);
  }

  list(): DatasetWarning[] {
    return [...this.found].map(([code, warning]) => ({ code, ...warning }));
  }
}
