import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { packageFolder } from '../src/core/files/package-folder';
import { findChromium } from './chromium';

/** Placeholder for the page of a trial with a teacher, whose name ends with a digest. */
const TRIAL = 'trial';

/**
 * Takes the documentation's screenshots of the pages that `npm run site:example` built: npm run docs:screenshots. Uses the
 * system's Chromium or that of $CHROMIUM.
 */
const shots: readonly { name: string; page: string; top?: string; width?: number; height: number }[] = [
  { name: 'leaderboard', page: 'paper-core/index.html', height: 1500 },
  { name: 'leaderboard-phone', page: 'paper-core/index.html', width: 390, top: '#leaderboard', height: 760 },
  { name: 'budget', page: 'paper-mini/budget.html', height: 1020 },
  { name: 'effects', page: 'paper-core/effects.html', height: 1060 },
  { name: 'trial', page: TRIAL, height: 1180 },
  { name: 'images', page: 'paper-mini/images.html', height: 1000 },
];
const WIDTH = 1180;

function trialPage(home: string): string {
  const name = readdirSync(join(home, 'paper-mini', 'trials')).find((file) =>
    file.startsWith('imagenet-s4-self-training-0.2-0-'),
  );
  if (name === undefined) throw new Error('The pages no longer contain this trial: name another one here.');
  return join('paper-mini', 'trials', name);
}

async function main(): Promise<void> {
  const home = join(packageFolder, 'reports', 'site', 'benchmarks');
  if (!existsSync(home)) throw new Error('There are no pages yet: npm run site:example');
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('No Chromium was found: set CHROMIUM to its path.');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    for (const { name, page: file, top, width = WIDTH, height } of shots) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: 'light' });
      await page.goto(pathToFileURL(join(home, file === TRIAL ? trialPage(home) : file)).href);
      if (top !== undefined) await page.locator(top).evaluate((element) => element.scrollIntoView());
      // Images further down load when they become visible.
      await page.waitForLoadState('networkidle');
      const png = await page.screenshot();
      const target = join(packageFolder, 'docs', `${name}.png`);
      await sharp(png).png({ palette: true, colours: 64, compressionLevel: 9, effort: 10 }).toFile(target);
      console.log(target);
      await page.close();
    }
  } finally {
    await browser.close();
  }
}

void main();
