import stringWidth from 'string-width';

/** `7s`, `1m 05s`, `2h 07m`, `3d 4h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${two(whole % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** Columns that a text takes in a terminal: two for a wide character, none for a combining one. */
export const displayWidth = (text: string): number => stringWidth(text);

export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - displayWidth(text)));
export const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - displayWidth(text))) + text;

/** Cuts text that is wider than the space for it. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && displayWidth(characters.join('')) > width - 1) characters.pop();
  return width < 1 ? '' : `${characters.join('')}…`;
}

/** What a user typed, in quotation marks, shortened to what a message can hold. */
export function quoted(text: string): string {
  return `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
}

/** Three significant digits, no exponent for everyday figures: `0.312`, `680`, `1.2e-5`. */
export function formatFigure(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const absolute = Math.abs(value);
  if (absolute >= 1000 && absolute < 1e6) return String(Math.round(value));
  return absolute !== 0 && (absolute < 1e-3 || absolute >= 1e6)
    ? value.toExponential(1)
    : value.toPrecision(3);
}
