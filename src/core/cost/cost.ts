import type { Ledger } from '../plan/ledger';

/** Factors that convert measured cost into money and carbon. Without a factor its metric is omitted. */
export interface CostFactors {
  /** ISO 4217, for instance `EUR`. */
  readonly currency: string;
  /** Of every device whose name has no price of its own in `devicePrices`. */
  readonly moneyPerDeviceHour?: number;
  /** By the device's name, in which `*` stands for anything; the first that fits. */
  readonly devicePrices?: readonly { readonly device: string; readonly price: number }[];
  readonly moneyPerKilowattHour?: number;
  /** Source of the prices, with its date. */
  readonly moneySource?: string;
  readonly gramsCO2ePerKilowattHour?: number;
  readonly carbonSource?: string;
}

/** An amount of compute on every metric; `null` where a part of it is not known on that metric. */
export interface Cost {
  /** Floating-point operations, multiply-add = 2. */
  readonly flops: number;
  readonly deviceSeconds: number;
  readonly wallSeconds: number;
  readonly energyJ: number | null;
  readonly money: number | null;
  /** Grams of CO2 equivalent, of the electricity alone. */
  readonly carbonG: number | null;
}

export const noCost: Cost = {
  flops: 0,
  deviceSeconds: 0,
  wallSeconds: 0,
  energyJ: 0,
  money: 0,
  carbonG: 0,
};

/** A ledger on every metric. A stage that did nothing needs no counter to have used no energy. */
export function costOf(ledger: Ledger, factors?: CostFactors): Cost {
  const idle = ledger.flops === 0 && ledger.deviceSeconds === 0;
  // The counter measured how weights were loaded, not how they were trained elsewhere.
  const isForeign = ledger.declared === true && ledger.flops > 0;
  const energyJ = isForeign ? null : (ledger.energy?.joules ?? (idle ? 0 : null));
  return {
    flops: ledger.flops,
    deviceSeconds: ledger.deviceSeconds,
    wallSeconds: ledger.wallSeconds,
    energyJ,
    money: moneyOf({ deviceSeconds: ledger.deviceSeconds, device: ledger.device, energyJ }, factors),
    carbonG: carbonOf(energyJ, factors),
  };
}

const JOULES_PER_KILOWATT_HOUR = 3.6e6;

/** Price of device time and electricity; `null` where a part of it is not known. */
export function moneyOf(
  spent: { readonly deviceSeconds: number; readonly device: string; readonly energyJ: number | null },
  factors?: CostFactors,
): number | null {
  if (factors === undefined) return null;
  const { moneyPerDeviceHour, moneyPerKilowattHour, devicePrices } = factors;
  const { deviceSeconds, device, energyJ } = spent;
  if (moneyPerDeviceHour === undefined && moneyPerKilowattHour === undefined && devicePrices === undefined) {
    return null;
  }
  const hourly = devicePrices?.find((entry) => fits(device, entry.device))?.price ?? moneyPerDeviceHour;
  if (hourly === undefined && devicePrices !== undefined && deviceSeconds > 0) return null;
  if (moneyPerKilowattHour !== undefined && energyJ === null) return null;
  return (
    (deviceSeconds / 3600) * (hourly ?? 0) +
    ((energyJ ?? 0) / JOULES_PER_KILOWATT_HOUR) * (moneyPerKilowattHour ?? 0)
  );
}

/** Grams of CO2 equivalent of an amount of electricity. */
export function carbonOf(energyJ: number | null, factors?: CostFactors): number | null {
  const grams = factors?.gramsCO2ePerKilowattHour;
  return grams === undefined || energyJ === null ? null : (energyJ / JOULES_PER_KILOWATT_HOUR) * grams;
}

/** Whether a name fits a pattern in which `*` stands for anything. */
function fits(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(name);
}

/** Sum of parts, each divided by its `users`. */
export function addCosts(parts: readonly { readonly cost: Cost; readonly users?: number }[]): Cost {
  return parts.reduce<Cost>((sum, { cost, users = 1 }) => {
    const known = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b / users);
    return {
      flops: sum.flops + cost.flops / users,
      deviceSeconds: sum.deviceSeconds + cost.deviceSeconds / users,
      wallSeconds: sum.wallSeconds + cost.wallSeconds / users,
      energyJ: known(sum.energyJ, cost.energyJ),
      money: known(sum.money, cost.money),
      carbonG: known(sum.carbonG, cost.carbonG),
    };
  }, noCost);
}
