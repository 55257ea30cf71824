import type { Energy } from '../plan/ledger';

/** Thermal design power in watts and cores, from the makers' data sheets; the name as the system gives it. */
const processors: readonly (readonly [name: RegExp, watts: number, cores: number])[] = [
  [/E5-2680 v4/, 120, 14],
  [/E5-2690 v4/, 135, 14],
  [/Xeon.*Gold 6248\b/, 150, 20],
  [/Xeon.*Platinum 8280\b/, 205, 28],
  [/Xeon.*Platinum 8380\b/, 270, 40],
  [/EPYC 7742\b/, 225, 64],
  [/EPYC 7763\b/, 280, 64],
  [/EPYC 9654\b/, 360, 96],
  [/Ryzen 5 3600\b/, 65, 6],
  [/Ryzen 7 5800X\b/, 105, 8],
  [/Ryzen 9 5950X\b/, 105, 16],
  [/i7-8700\b/, 65, 6],
  [/i9-9900K\b/, 95, 8],
];
/** Green Algorithms' value for a processor that is not known. */
const DEFAULT_WATTS_PER_CORE = 12;
/** Green Algorithms' value, for a decimal gigabyte. */
const MEMORY_WATTS_PER_GB = 0.3725;

/**
 * Energy of a process without a counter: its CPU time at the power of a core, and its memory for as long as it ran. The
 * rest of the machine and of its building is left out (PUE 1).
 *
 * @source Lannelongue, Grealey and Inouye, "Green Algorithms", Advanced Science 2021, doi 10.1002/advs.202100707
 */
export function estimateCpuEnergy(used: {
  /** As the system names the processor. */
  readonly cpu: string;
  /** Of all its threads together. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly wallSeconds: number;
}): Energy {
  const known = processors.find(([name]) => name.test(used.cpu));
  const watts = known === undefined ? DEFAULT_WATTS_PER_CORE : known[1] / known[2];
  const memory = MEMORY_WATTS_PER_GB * (used.memoryBytes / 1e9) * used.wallSeconds;
  const basis = known === undefined ? 'processor not in the table' : 'design power by core';
  return {
    joules: watts * used.cpuSeconds + memory,
    method: `estimate after Green Algorithms: ${Number(watts.toPrecision(3))} W a busy core (${basis}), ${MEMORY_WATTS_PER_GB} W/GB of memory`,
    estimated: true,
  };
}

/** Of devices that draw power at the same time; `undefined` where a part is not known. */
export function sumEnergy(parts: readonly (Energy | undefined)[]): Energy | undefined {
  if (parts.length === 0 || parts.some((part) => part === undefined)) return undefined;
  const known = parts as readonly Energy[];
  return {
    joules: known.reduce((sum, { joules }) => sum + joules, 0),
    method: known.map(({ method }) => method).join(' + '),
    ...(known.some(({ estimated }) => estimated === true) ? { estimated: true } : {}),
  };
}

/** Of a stage that resumed: the counter measured the last attempt only. */
export function withEarlierAttempts(energy: Energy, ownSeconds: number, earlierSeconds: number): Energy {
  if (!(earlierSeconds > 0) || !(ownSeconds > 0)) return energy;
  return {
    joules: (energy.joules * (ownSeconds + earlierSeconds)) / ownSeconds,
    method: `${energy.method}; earlier attempts at the same mean power`,
    estimated: true,
  };
}
