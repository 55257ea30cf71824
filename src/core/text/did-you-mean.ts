import { distance } from 'fastest-levenshtein';

/** The known name nearest to a mistyped one, if near enough to be meant (a third of its letters differ at most). */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < bestDistance) {
      best = candidate;
      bestDistance = steps;
    }
  }
  return best;
}

/** A hint, as a sentence, that names the nearest candidate or lists them all. */
export function suggest(name: string, known: Iterable<string>): string {
  const candidates = [...known];
  const nearest = didYouMean(name, candidates);
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  return candidates.length === 0 ? 'There are none.' : `Known: ${candidates.join(', ')}.`;
}
