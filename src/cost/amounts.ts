import type { Ledger } from './ledger';

/** What turns measured amounts into joules' and hours' price. Absent factors leave the ruler out. */
export interface CostFactors {
  /** ISO 4217, for instance `EUR`. */
  readonly currency: string;
  readonly moneyPerDeviceHour?: number;
  readonly moneyPerKilowattHour?: number;
}

/** An amount of compute on every ruler; `null` where a part of it is not known on that ruler. */
export interface Amounts {
  /** Floating-point operations, multiply-add = 2. */
  readonly flops: number;
  readonly deviceSeconds: number;
  readonly wallSeconds: number;
  readonly energyJ: number | null;
  readonly money: number | null;
}

const nothing: Amounts = { flops: 0, deviceSeconds: 0, wallSeconds: 0, energyJ: 0, money: 0 };

/** A ledger on every ruler. A stage that did nothing needs no counter to have used no energy. */
export function amountsOf(ledger: Ledger, factors?: CostFactors): Amounts {
  const idle = ledger.flops === 0 && ledger.deviceSeconds === 0;
  // The counter saw the loading of weights made elsewhere, not the making, of which their makers state no joules.
  const isForeign = ledger.declared === true && ledger.flops > 0;
  const energyJ = isForeign ? null : (ledger.energy?.joules ?? (idle ? 0 : null));
  return {
    flops: ledger.flops,
    deviceSeconds: ledger.deviceSeconds,
    wallSeconds: ledger.wallSeconds,
    energyJ,
    money: moneyOf(ledger.deviceSeconds, energyJ, factors),
  };
}

function moneyOf(deviceSeconds: number, energyJ: number | null, factors?: CostFactors): number | null {
  if (factors === undefined) return null;
  const { moneyPerDeviceHour, moneyPerKilowattHour } = factors;
  if (moneyPerDeviceHour === undefined && moneyPerKilowattHour === undefined) return null;
  if (moneyPerKilowattHour !== undefined && energyJ === null) return null;
  return (
    (deviceSeconds / 3600) * (moneyPerDeviceHour ?? 0) +
    ((energyJ ?? 0) / 3.6e6) * (moneyPerKilowattHour ?? 0)
  );
}

/** Sum of parts, each divided by its `users`. */
export function addAmounts(
  parts: readonly { readonly amounts: Amounts; readonly users?: number }[],
): Amounts {
  return parts.reduce<Amounts>((sum, { amounts, users = 1 }) => {
    const known = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b / users);
    return {
      flops: sum.flops + amounts.flops / users,
      deviceSeconds: sum.deviceSeconds + amounts.deviceSeconds / users,
      wallSeconds: sum.wallSeconds + amounts.wallSeconds / users,
      energyJ: known(sum.energyJ, amounts.energyJ),
      money: known(sum.money, amounts.money),
    };
  }, nothing);
}
