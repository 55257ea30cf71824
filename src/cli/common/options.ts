import { RethinkError } from '../../contract';
import { quoted } from '../../core/text/format';
import { suggest } from '../../core/text/did-you-mean';

/** Reads the value of an option; `earlier` is that of the same option before. @throws RethinkError `USAGE` */
type Parser = (value: string, name: string, earlier: unknown) => unknown;

export interface Flag {
  /** As Commander reads them: `--out <folder>`; `--no-trial` is true by default. */
  readonly flags: string;
  readonly description: string;
  readonly parse?: (value: string, earlier: unknown) => unknown;
}

/** An option of a command. Without a parser, the value is the text, or `true` where the flags have none. */
export function flag(flags: string, description: string, parse?: Parser): Flag {
  const name = flags.split(' ')[0]!;
  return { flags, description, parse: parse && ((value, earlier) => parse(value, name, earlier)) };
}

export const backendFlag = flag('--backend <name>', 'tensor engine: tensorflow (default), webgpu or cpu');
/** Options of commands that run stages, or forecast them. */
export const machineFlags = [
  backendFlag,
  flag('--slots <count>', 'parallel stages (default: one per core or GPU)'),
  flag('--gpus <which>', 'none, a number of GPUs, or indices and UUIDs: 0,2 (one index: 2,); default: all'),
  flag('--stages-per-gpu <count>', 'stages that share a GPU (default: 1)'),
];

/** Collects the values of an option that is given several times. */
export const repeatable: Parser = (value, _, earlier = []) => [...(earlier as string[]), value];

/** Values separated by commas. */
export const list: Parser = (value) => value.split(',').map((part) => part.trim());

export function integer(min: number, max = Infinity): Parser {
  const range = max === Infinity ? `of at least ${min}` : `between ${min} and ${max}`;
  return (value, name) => {
    const number = Number(value);
    if (value.trim() !== '' && Number.isInteger(number) && number >= min && number <= max) return number;
    throw new RethinkError('USAGE', `${name} must be an integer ${range}, got ${quoted(value)}.`);
  };
}

export function number(min = -Infinity, max = Infinity): Parser {
  const range = min === -Infinity ? '' : ` between ${min} and ${max}`;
  return (value, name) => {
    const parsed = Number(value);
    if (value.trim() !== '' && Number.isFinite(parsed) && parsed >= min && parsed <= max) return parsed;
    throw new RethinkError('USAGE', `${name} must be a number${range}, got ${quoted(value)}.`);
  };
}

export function oneOf(choices: readonly string[]): Parser {
  return (value, name) => {
    if (choices.includes(value)) return value;
    throw new RethinkError('USAGE', `${name} must be one of ${choices.join(', ')}, got ${quoted(value)}.`, {
      hint: suggest(value, choices),
    });
  };
}
