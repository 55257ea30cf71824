import { existsSync } from 'node:fs';

/** Chromium of the system, or the one named in CHROMIUM; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const places = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'];
  return places.find((path) => path !== undefined && existsSync(path));
}
