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

/** Cuts text that is longer than the space for it. */
export function truncate(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
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
