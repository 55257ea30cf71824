import { RethinkError } from '../../contract';

/** @throws RethinkError `USAGE` */
export function integerOption(flag: string, value: string, min: number, max = Infinity): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isInteger(number) && number >= min && number <= max) return number;
  const range = max === Infinity ? `of at least ${min}` : `between ${min} and ${max}`;
  throw new RethinkError('USAGE', `${flag} must be an integer ${range}, got "${value}".`);
}

/** For commands that only have options. @throws RethinkError `USAGE` */
export function refuseArguments([extra]: readonly string[]): void {
  if (extra === undefined) return;
  throw new RethinkError('USAGE', `Unexpected argument "${extra}".`, { hint: 'See --help.' });
}
