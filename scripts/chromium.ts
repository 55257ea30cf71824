import { existsSync } from 'node:fs';

/** Path of $CHROMIUM or of the system's Chromium; `undefined` if there is none. */
export function findChromium(): string | undefined {
  const candidates = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'];
  return candidates.find((path) => path !== undefined && existsSync(path));
}
