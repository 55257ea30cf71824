/**
 * Decimal text to the nearest double, without making a string for each number.
 *
 * Up to 18 significant digits are held exactly as A + b (A ≤ 10¹⁸ with 53 significant bits, b < 10⁹) and divided by a
 * power of ten in double-double arithmetic (Dekker 1971). Where the quotient's error could change the rounding, and for
 * every longer literal, `Number` decides: the result always equals `JSON.parse`.
 */

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const SPLITTER = 134217729; // 2^27 + 1
const POWERS_HIGH = POWERS_OF_TEN.map((power) => {
  const scaled = SPLITTER * power;
  return scaled - (scaled - power);
});

const MINUS = 45;
const DOT = 46;
const ZERO = 48;

/**
 * Parses the JSON number that starts at `start` into `out[index]`.
 *
 * @returns the position after the number, or −1 where the text is not a JSON number. A number that runs up to the end of the
 * bytes given must be followed by a byte that is not part of a number.
 */
export function parseDecimal(bytes: Uint8Array, start: number, out: Float64Array, index: number): number {
  // Plain numbers first: at most nine digits, a point, and at most 18 digits in all, without exponent.
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  let position = first;
  let high = 0;
  let digit = bytes[position]! - ZERO;
  while (digit >>> 0 < 10) {
    high = (Math.imul(high, 10) + digit) | 0;
    digit = bytes[++position]! - ZERO;
  }
  const whole = position - first;
  if (whole === 0 || whole > 9 || (whole > 1 && bytes[first] === ZERO))
    return parseAny(bytes, start, out, index);
  if (digit !== DOT - ZERO) {
    if (((digit + ZERO) | 32) === 101) return parseAny(bytes, start, out, index);
    out[index] = negative ? -high : high;
    return position;
  }
  const point = ++position;
  digit = bytes[position]! - ZERO;
  const highEnd = first + 10; // nine digits and the point
  while (digit >>> 0 < 10 && position < highEnd) {
    high = (Math.imul(high, 10) + digit) | 0;
    digit = bytes[++position]! - ZERO;
  }
  let low = 0;
  const lowStart = position;
  if (position === highEnd) {
    while (digit >>> 0 < 10) {
      low = (Math.imul(low, 10) + digit) | 0;
      digit = bytes[++position]! - ZERO;
    }
  }
  const lowDigits = position - lowStart;
  if (position === point || lowDigits > 9 || ((digit + ZERO) | 32) === 101)
    return parseAny(bytes, start, out, index);
  const fraction = position - point;
  const big = lowDigits === 0 ? high : high * POWERS_OF_TEN[lowDigits]!;
  let value: number;
  if (big + low <= Number.MAX_SAFE_INTEGER) {
    value = (big + low) / POWERS_OF_TEN[fraction]!;
  } else {
    value = divide(big, low, fraction);
    if (value < 0) value = byNumber(bytes, first, position);
  }
  out[index] = negative ? -value : value;
  return position;
}

/** Any JSON number. */
function parseAny(bytes: Uint8Array, start: number, out: Float64Array, index: number): number {
  let position = start;
  let byte = bytes[position]!;
  const negative = byte === MINUS;
  if (negative) byte = bytes[++position]!;

  // Significant digits: the first nine in `high`, the next nine in `low`.
  let high = 0;
  let low = 0;
  let digits = 0;
  const first = position;
  let fraction = 0;
  if (byte === ZERO) {
    byte = bytes[++position]!;
    if (byte >= ZERO && byte <= 57) return -1; // leading zero
  } else {
    while (byte >= ZERO && byte <= 57) {
      if (digits < 9) high = high * 10 + (byte - ZERO);
      else if (digits < 18) low = low * 10 + (byte - ZERO);
      digits++;
      byte = bytes[++position]!;
    }
    if (position === first) return -1;
  }
  if (byte === DOT) {
    const dot = position;
    byte = bytes[++position]!;
    if (digits === 0) while (byte === ZERO) byte = bytes[++position]!;
    while (byte >= ZERO && byte <= 57) {
      if (digits < 9) high = high * 10 + (byte - ZERO);
      else if (digits < 18) low = low * 10 + (byte - ZERO);
      digits++;
      byte = bytes[++position]!;
    }
    fraction = position - dot - 1;
    if (fraction === 0) return -1;
  }
  let exponent = -fraction;
  if (byte === 101 || byte === 69) {
    byte = bytes[++position]!;
    const below = byte === MINUS;
    if (below || byte === 43) byte = bytes[++position]!;
    let written = 0;
    const from = position;
    while (byte >= ZERO && byte <= 57) {
      if (written < 100000) written = written * 10 + (byte - ZERO);
      byte = bytes[++position]!;
    }
    if (position === from) return -1;
    exponent += below ? -written : written;
  }

  if (digits > 18 || exponent < -22 || exponent > 22) {
    out[index] = byNumber(bytes, start, position);
    return position;
  }
  const value = scale(bytes, first, position, high, low, digits, exponent);
  out[index] = negative ? -value : value;
  return position;
}

/** The number whose `digits` (at most 18) are `high` and `low`, times 10^exponent (−22 to 22). */
function scale(
  bytes: Uint8Array,
  first: number,
  end: number,
  high: number,
  low: number,
  digits: number,
  exponent: number,
): number {
  if (digits <= 15) {
    const mantissa = digits <= 9 ? high : high * POWERS_OF_TEN[digits - 9]! + low;
    return exponent < 0 ? mantissa / POWERS_OF_TEN[-exponent]! : mantissa * POWERS_OF_TEN[exponent]!;
  }
  const value = exponent > 0 ? -1 : divide(high * POWERS_OF_TEN[digits - 9]!, low, -exponent);
  return value < 0 ? byNumber(bytes, first, end) : value;
}

/** (big + small) / 10^exponent rounded to nearest, or −1 where double-double arithmetic cannot tell the rounding. */
function divide(big: number, small: number, exponent: number): number {
  const sum = big + small;
  const rest = small - (sum - big);
  const divisor = POWERS_OF_TEN[exponent]!;
  const quotient = sum / divisor;
  // quotient · divisor = product + error, exactly.
  const scaled = SPLITTER * quotient;
  const quotientHigh = scaled - (scaled - quotient);
  const quotientLow = quotient - quotientHigh;
  const divisorHigh = POWERS_HIGH[exponent]!;
  const divisorLow = divisor - divisorHigh;
  const product = quotient * divisor;
  const error =
    quotientLow * divisorLow -
    (product - quotientHigh * divisorHigh - quotientLow * divisorHigh - quotientHigh * divisorLow);
  const correction = (sum - product - error + rest) / divisor;
  const value = quotient + correction;
  const residue = correction - (value - quotient);
  return value + residue * (1 + 1e-9) === value ? value : -1;
}

function byNumber(bytes: Uint8Array, start: number, end: number): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
}
