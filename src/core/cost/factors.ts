import { z } from 'zod';
import type { CostFactors } from './cost';

const price = z.number().min(0);

/** What turns device hours into money and joules into carbon, as configuration and benchmark files state it. */
export const costFactorsSpec = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'a currency by ISO 4217, for instance EUR')
    .optional(),
  /** Of an hour of one device slot: of all devices, or by the device's name (`*` stands for anything; the first that fits). */
  perDeviceHour: z
    .union([
      price,
      z.array(z.strictObject({ device: z.string().min(1), price, source: z.string().optional() })).min(1),
    ])
    .optional(),
  /** Electricity; leave it out where the hour's price has it in it. */
  perKilowattHour: price.optional(),
  gramsCO2ePerKilowattHour: price.optional(),
  /** Where these factors come from, shown with every figure made of them. */
  source: z.string().min(1).optional(),
});
export type CostFactorsSpec = z.infer<typeof costFactorsSpec>;

/**
 * List prices of rented machines: cores by AWS EC2 c5 on demand (4.08 USD for 96 virtual cores), GPUs by AWS EC2 Capacity
 * Blocks; both US East in 2024. Carbon: the world's electricity on average (IEA, Global Energy & CO2 Status Report 2019).
 */
export const defaultFactors: CostFactors = {
  currency: 'USD',
  devicePrices: [
    { device: '*H200*', price: 5.408 },
    { device: '*H100*', price: 4.916 },
    { device: '*A100*', price: 1.844 },
    { device: '*thread*', price: 0.0425 },
  ],
  moneySource: 'AWS EC2 list prices, US East, 2024 (c5 on demand; GPUs by capacity block)',
  gramsCO2ePerKilowattHour: 475,
  carbonSource: 'world average, IEA Global Energy & CO2 Status Report 2019',
};

/**
 * Factors of several sources, the first that states one winning; prices of an hour and of electricity belong together
 * and are taken from one source.
 */
export function mergeFactors(
  ...sources: readonly { readonly spec: CostFactorsSpec | undefined; readonly from: string }[]
): CostFactors {
  const stated = sources.flatMap(({ spec, from }) => (spec === undefined ? [] : [{ spec, from }]));
  const money = stated.find(
    ({ spec }) => spec.perDeviceHour !== undefined || spec.perKilowattHour !== undefined,
  );
  const carbon = stated.find(({ spec }) => spec.gramsCO2ePerKilowattHour !== undefined);
  return {
    ...defaultFactors,
    ...(money === undefined
      ? {}
      : {
          currency: money.spec.currency ?? defaultFactors.currency,
          devicePrices: pricesOf(money.spec.perDeviceHour),
          moneyPerKilowattHour: money.spec.perKilowattHour,
          moneySource: money.spec.source ?? money.from,
        }),
    ...(carbon === undefined
      ? {}
      : {
          gramsCO2ePerKilowattHour: carbon.spec.gramsCO2ePerKilowattHour,
          carbonSource: carbon.spec.source ?? carbon.from,
        }),
  };
}

function pricesOf(given: CostFactorsSpec['perDeviceHour']): CostFactors['devicePrices'] {
  return typeof given === 'number' ? [{ device: '*', price: given }] : given;
}
