import type { ClaimResult, ElementResult } from './claims';
import { undecidedCodes } from './claims';
import { POWER } from './power';
import type { Claim, ClaimSelection } from './spec';
import type { Levels } from '../effects/grid';

/** Signed AP points with one decimal, or as many as show that it isn't 0. */
export function signed(value: number): string {
  const digits = Math.abs(value) < 0.05 && value !== 0 ? 2 : 1;
  const text = Math.abs(value).toFixed(digits);
  return `${Number(text) === 0 ? '' : value < 0 ? '−' : '+'}${text}`;
}

export function formatInterval(interval: readonly [number, number] | undefined): string {
  return interval === undefined ? 'no interval' : `${signed(interval[0])} to ${signed(interval[1])}`;
}

export function formatP(p: number | undefined): string {
  if (p === undefined) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

const equation = (p: number) => (p < 0.001 ? formatP(p) : `= ${formatP(p)}`);

/** `augmentation s4, fraction 0.2` in the order in which the axes were named; a length of 1 is omitted beside others. */
export function formatLevels(levels: Levels): string {
  return Object.entries(levels)
    .filter(([axis, value], _, all) => axis !== 'length' || String(value) !== '1' || all.length === 1)
    .map(([axis, value]) => (axis === 'against' ? `against ${value}` : `${axis} ${value}`))
    .join(', ');
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What is tested, as text. */
export function formatTest(claim: Claim): string {
  const where = Object.entries(claim.where)
    .filter(([, values]) => values !== undefined)
    .map(([axis, values]) => `${axis} ${(values as unknown[]).join(', ')}`);
  const scope = [
    ...where,
    ...(claim.forEvery.length > 0 ? [`for every ${claim.forEvery.join(' and ')}`] : []),
    ...(claim.onAverageOver.length > 0 ? [`on average over ${claim.onAverageOver.join(' and ')}`] : []),
  ].join('; ');
  return `${formatCore(claim)}${scope === '' ? '' : ` (${scope})`}`;
}

function formatCore({ difference, best, among, costRatio, is }: Claim): string {
  if (best !== undefined) {
    const others = typeof among === 'string' ? `every other ${among}` : among!.map(nameOf).join(', ');
    return `AP of ${nameOf(best)} is above that of ${others}`;
  }
  const claimed = formatAssertion(is!);
  if (costRatio !== undefined) {
    return `${costRatio.metric} of ${nameOf(costRatio.of)} to reach AP ${costRatio.targetAP}, divided by that of ${nameOf(costRatio.to)}, is ${claimed}`;
  }
  const { of, minus } = difference!;
  const verb = is!.falling ?? is!.rising;
  const [whose, against] =
    minus === 'control'
      ? [nameOf(of) || 'each trial', 'its compute-matched control']
      : [nameOf(of), nameOf(minus)];
  return `AP of ${whose} minus AP of ${against} ${verb === undefined ? 'is ' : ''}${claimed}`;
}

function formatAssertion(is: NonNullable<Claim['is']>): string {
  if (is.above !== undefined) return `above ${is.above}`;
  if (is.below !== undefined) return `below ${is.below}`;
  if (is.between !== undefined) return `between ${is.between[0]} and ${is.between[1]}`;
  if (is.within !== undefined) return `within ±${is.within}`;
  return is.falling !== undefined ? `falls along ${is.falling}` : `rises along ${is.rising!}`;
}

function nameOf(selection: ClaimSelection): string {
  return Object.values(selection).join(' · ');
}

/** Why the verdict is what it is, in sentences. */
export function reasonsOf(result: ClaimResult): string[] {
  const { verdict, code, decisive, elements, missing, p, pCorrected } = result;
  if (code === 'MISSING_CELLS') {
    return [
      `${plural(missing.length, 'cell')} of those that it compares ${missing.length === 1 ? 'has' : 'have'} no score.`,
    ];
  }
  if (result.reasons !== undefined) return [...result.reasons];
  if (code === 'NO_COMMON_SEED' || code === 'NO_COST_CURVES') return [`No verdict: ${undecidedCodes[code]}.`];
  if (decisive === undefined) return [];
  const several = elements.filter(({ role }) => role === 'test').length > 1;
  const which = Object.keys(decisive.context).length === 0 ? '' : ` (${formatLevels(decisive.context)})`;
  const label =
    !several && decisive.role === 'test'
      ? 'The difference'
      : verdict === 'refuted'
        ? 'The difference that goes against it'
        : 'The weakest of the differences';
  const sentences = [
    `${label}${which} is ${signed(decisive.estimate)} AP, 95 % interval ${formatInterval(decisive.interval)}, over ${plural(decisive.seeds.length, 'seed')}.`,
  ];
  if (p !== undefined) {
    sentences.push(`p ${equation(p)}; corrected for all claims of the benchmark ${formatP(pCorrected)}.`);
  }
  sentences.push(...noiseNotes(decisive, code), ...remedyNotes(result));
  return sentences;
}

function noiseNotes({ seedNoise, seedSe, imageSe }: ElementResult, code: ClaimResult['code']): string[] {
  const notes: string[] = [];
  if (code === 'SEED_NOISE_UNKNOWN') {
    notes.push(
      'It was trained with one seed, and too few other differences of these claims have several: how much another seed would change is not known, and the interval is that of the validation images alone. Two more seeds of these cells, or three of others, would tell.',
    );
  } else if (seedNoise === 'borrowed') {
    notes.push(
      'It was trained with one seed; the seed noise is taken from the other differences of these claims.',
    );
  }
  if (imageSe === undefined)
    notes.push('The noise of the validation images is not known and not in the interval.');
  else if (seedSe !== undefined && imageSe > 2 * seedSe) {
    notes.push(
      `Most of the noise is that of the validation images (±${imageSe.toFixed(2)}, seeds ±${seedSe.toFixed(2)}).`,
    );
  }
  return notes;
}

function remedyNotes({ remedy }: ClaimResult): string[] {
  if (remedy === undefined) return [];
  const chance = `${Math.round(100 * POWER)} %`;
  if (remedy.kind === 'seeds') {
    return [
      remedy.more === Infinity
        ? 'If the difference is what it seems, more than 1,000 seeds would be needed to decide.'
        : `If the difference is what it seems, ${plural(remedy.more, 'more seed')} would decide with a chance of ${chance}.`,
    ];
  }
  if (remedy.kind === 'images') {
    return [
      `No number of seeds would decide: the noise of the validation images alone is too large. About ${remedy.times < 10 ? remedy.times.toFixed(1) : Math.ceil(remedy.times)} times as many images would be needed.`,
    ];
  }
  return remedy.why === 'on-the-border'
    ? ['The estimate lies on the border of what is claimed: no number of seeds would decide.']
    : [];
}

/** A verdict with everything that it rests on, as plain JSON; ends of regions that are open are null. */
export function claimForPrograms(result: ClaimResult) {
  const { claim, verdict, code, decisive, elements, p, pCorrected, missing, remedy } = result;
  return {
    id: claim.id,
    text: claim.text,
    source: claim.source,
    test: formatTest(claim),
    verdict,
    code,
    effect: decisive?.estimate,
    interval: decisive?.interval,
    seeds: decisive?.seeds,
    p,
    pCorrected,
    remedy,
    missing,
    elements,
    reasons: reasonsOf(result),
  };
}
