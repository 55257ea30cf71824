import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  browser,
  executablePath,
  folder,
  hostile,
  pages,
  service,
  withPage,
} from './browser.test-helper';
import { serveSite } from '../server/site-server';

describe.skipIf(executablePath === undefined)('the pages in Chromium, opened from disk', () => {
  const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
  const complaintsOf = async (page: Page): Promise<string[]> => {
    const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    await page.evaluate(axe);
    const violations = await page.evaluate<string[]>(
      'axe.run({ preload: false }).then((result) => result.violations.map((each) => each.id + ": " + each.nodes[0].html))',
    );
    return over > 0 ? [`${over} px stick out`, ...violations] : violations;
  };
  // Contrast follows the scheme and layout the width: two of the four combinations show each once.
  const looks = (['light', 'dark'] as const).map((colorScheme) => ({
    colorScheme,
    viewport: { width: colorScheme === 'light' ? 1440 : 390, height: 900 },
    bypassCSP: true,
  }));

  it('axe finds nothing, light or dark, wide or narrow, and nothing sticks out', async () => {
    const found: string[] = [];
    for (const name of Object.keys(pages)) {
      for (const options of looks) {
        await withPage(name, options, async (page) => {
          const complaints = await complaintsOf(page);
          found.push(...complaints.map((each) => `${name} ${options.colorScheme}: ${each}`));
        });
      }
    }
    expect(found).toEqual([]);
  }, 240_000);

  it('neither does it on the page of what runs, which looks like the others', async () => {
    const live = { workspace: folder, progress: () => service.progress() };
    const server = await serveSite({ folder: join(folder, 'site'), port: 0, live });
    try {
      for (const options of looks) {
        const context = await browser.newContext(options);
        const page = await context.newPage();
        await page.goto(`${server.url}live`);
        expect(await page.locator('section.live h2').count()).toBe(1);
        expect(await complaintsOf(page)).toEqual([]);
        await page.getByRole('link', { name: 'Overview' }).click();
        await page.getByRole('link', { name: 'Live' }).waitFor();
        await context.close();
      }
    } finally {
      await server.close();
    }
  }, 60_000);

  const rowsOf = (page: Page) => page.locator('.leaderboard tr[data-row]:visible');
  const column = (page: Page, name: string) =>
    page.evaluate<string[]>(
      `(() => { const at = document.querySelector('.leaderboard [data-col="${name}"]').cellIndex; return [...document.querySelectorAll('.leaderboard tr[data-row]:not([hidden])')].map((row) => row.cells[at].dataset.vText ?? row.cells[at].dataset.v ?? row.cells[at].textContent); })()`,
    );
  const hash = (page: Page) => new URLSearchParams(new URL(page.url()).hash.slice(1));

  it('sorts by a column, by keyboard too, and keeps the order in the address', async () => {
    await withPage('leaderboard', {}, async (page) => {
      await page.getByRole('button', { name: /^Cost/ }).focus();
      await page.keyboard.press('Enter');
      const groups = await page.evaluate<number[][]>(
        `(() => { const at = document.querySelector('.leaderboard [data-col="cost"]').cellIndex; return [...document.querySelectorAll('.leaderboard tbody')].map((body) => [...body.querySelectorAll('tr[data-row]')].map((row) => row.cells[at].dataset.v).filter((value) => value !== '').map(Number)); })()`,
      );
      expect(groups.flat().length).toBeGreaterThan(3);
      for (const costs of groups) expect(costs).toEqual([...costs].sort((a, b) => a - b));
      expect(await page.locator('.leaderboard th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
      expect(hash(page).get('by')).toBe('cost,ascending');
      const before = await column(page, 'AP');
      await page.reload();
      expect(await column(page, 'AP')).toEqual(before);
      await page.getByRole('button', { name: /^Recipe/ }).click();
      expect(await page.locator('.leaderboard tr[data-row] th a').first().textContent()).toMatch(/^broken/);
      await page.getByRole('button', { name: /^Recipe/ }).click();
      await page.getByRole('button', { name: /^Recipe/ }).click();
      expect(await page.locator('.leaderboard th[aria-sort]').count()).toBe(0);
      expect(hash(page).has('by')).toBe(false);
    });
  });

  it('finds and chooses rows, says how many, and gives those that are left a front of their own', async () => {
    await withPage('leaderboard', {}, async (page) => {
      const all = await rowsOf(page).count();
      expect(await page.getByRole('status').textContent()).toBe(`${all} rows`);
      await page.getByRole('searchbox', { name: 'Find' }).fill('s4 SELF');
      const found = await rowsOf(page).count();
      expect(found).toBeGreaterThan(0);
      expect(found).toBeLessThan(all);
      expect(await page.getByRole('status').textContent()).toBe(`${found} of ${all} rows`);
      expect(await page.locator('.plot:visible .off').count()).toBeGreaterThan(0);
      expect(await page.locator('.plot:visible .panel:visible path.of-shown').count()).toBeGreaterThan(0);
      await page.getByRole('button', { name: 'Show all' }).click();
      expect(await rowsOf(page).count()).toBe(all);
      expect(await page.locator('.off').count()).toBe(0);

      // By keyboard alone: open the list, choose, leave with Escape.
      await page.locator('summary', { hasText: 'Init' }).focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      await page.keyboard.press('Escape');
      expect(await page.locator('details.choice[open]').count()).toBe(0);
      expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
      const chosen = hash(page).get('init')!;
      expect(
        await page.locator(`.leaderboard tr[data-row]:visible:not([data-init="${chosen}"])`).count(),
      ).toBe(0);
    });
  });

  it('counts in another way: plot, cost, value and front together', async () => {
    await withPage('leaderboard', {}, async (page) => {
      const before = await Promise.all(['cost', 'front'].map((name) => column(page, name)));
      await page.getByRole('radio', { name: 'left out' }).check();
      await page.getByRole('radio', { name: 'device time' }).check();
      expect(await page.locator('.plot:visible').getAttribute('data-costing')).toBe('marginal-deviceSeconds');
      expect(await page.locator('#cost-unit').textContent()).toMatch(/^marginal, (s|min)$/);
      const after = await Promise.all(['cost', 'front'].map((name) => column(page, name)));
      expect(after[0]).not.toEqual(before[0]);
      // What the table says is what the table of all costs says.
      const all = await page.evaluate<string[]>(
        `(() => { const at = [...document.querySelectorAll('#costs th[data-count]')].findIndex((head) => head.dataset.count === 'marginal-deviceSeconds'); return [...document.querySelectorAll('.leaderboard tr[data-row]')].map(({ dataset }) => document.querySelector('#costs tr[data-row="' + dataset.row + '"]')?.cells[at + 1].dataset.v ?? ''); })()`,
      );
      expect(after[0]).toEqual(all);
      await page.getByRole('radio', { name: 'charged in full' }).check();
      await page.getByRole('radio', { name: 'FLOPs' }).check();
      expect(await Promise.all(['cost', 'front'].map((name) => column(page, name)))).toEqual(before);
    });
  });

  it('shows a hostile name as text, wherever scripts put it', async () => {
    await withPage('leaderboard', {}, async (page) => {
      await page.locator('summary', { hasText: 'Augmentation' }).click();
      await page.getByRole('checkbox', { name: hostile, exact: true }).check();
      expect(await page.locator('summary', { hasText: 'Augmentation' }).textContent()).toContain(hostile);
      await page
        .getByRole('checkbox', { name: /^Compare / })
        .first()
        .check();
      await page
        .getByRole('checkbox', { name: /^Compare / })
        .nth(1)
        .check();
      await page.getByRole('button', { name: 'Compare', exact: true }).click();
      expect(await page.locator('.compare').textContent()).toContain(hostile);
      expect(await page.locator('img').count()).toBe(0);
    });
    await withPage('budget', {}, async (page) => {
      expect(await page.locator('main').textContent()).toContain(hostile);
      expect(await page.locator('img').count()).toBe(0);
    });
  });

  it('hides columns and compares rows with the interval of their difference', async () => {
    await withPage('leaderboard', {}, async (page) => {
      await page.locator('summary', { hasText: 'Columns' }).click();
      await page.getByRole('checkbox', { name: 'AP75' }).uncheck();
      expect(await page.locator('.leaderboard [data-col=AP75]').isVisible()).toBe(false);
      expect(await page.locator('.leaderboard [data-col=AP50]').isVisible()).toBe(true);
      await page.keyboard.press('Escape');
      const boxes = page.getByRole('checkbox', { name: /^Compare / });
      await boxes.nth(0).check();
      expect(await page.getByRole('button', { name: 'Compare', exact: true }).isVisible()).toBe(false);
      const before = await boxes.nth(1).boundingBox();
      await boxes.nth(1).focus();
      await page.keyboard.press('Space');
      expect(await boxes.nth(1).boundingBox()).toEqual(before);
      await page.getByRole('button', { name: 'Compare', exact: true }).click();
      const panel = page.locator('.compare table');
      expect(await panel.locator('thead th').count()).toBe(2);
      const text = await panel.locator('tr', { hasText: 'AP − AP of the first' }).textContent();
      expect(text).toMatch(/[+−]\d+\.\d[+−]\d+\.\d … [+−]\d+\.\d(not significantly different|worse)/);
      await page
        .getByRole('button', { name: /^Compare without / })
        .first()
        .click();
      expect(await page.locator('.compare').isVisible()).toBe(false);
      await page.getByRole('button', { name: 'Clear' }).click();
      expect(await page.locator('.compare-bar').isVisible()).toBe(false);
    });
  });

  it('lights a row with its point, by pointer and by keyboard, with a tip', async () => {
    await withPage('leaderboard', {}, async (page) => {
      const row = page.locator('.leaderboard tr[data-row]').first();
      await row.hover();
      const index = (await row.getAttribute('data-row'))!;
      expect(await page.locator(`.plot:visible g.lit[data-row="${index}"]`).count()).toBe(1);
      await page.locator('.plot:visible .panel .drawing').first().focus();
      await page.keyboard.press('ArrowRight');
      const lit = page.locator('.leaderboard tr.lit');
      expect(await lit.count()).toBe(1);
      const tip = page.locator('.tip');
      expect(await tip.innerText()).toMatch(/AP\s*\d+\.\d \(\d+\.\d–\d+\.\d\)/);
      expect(await tip.locator('strong').textContent()).toBe(await lit.getAttribute('data-name'));
      await page.keyboard.press('Enter');
      expect(await lit.locator('.pick').isChecked()).toBe(true);
      await page.keyboard.press('Escape');
      expect(await tip.isVisible()).toBe(false);
    });
  });

  it('hides a series by its legend entry, in the plot and in the table, and what nobody types in a name', async () => {
    await withPage('leaderboard', {}, async (page) => {
      const all = await rowsOf(page).count();
      const entry = page.locator('.legend').getByRole('button', { name: 'self-training', exact: true });
      await entry.click();
      expect(await page.locator('tr[data-strategy="self-training"]:visible').count()).toBe(0);
      expect(await entry.getAttribute('aria-pressed')).toBe('false');
      expect(hash(page).getAll('strategy')).not.toContain('self-training');
      await entry.click();
      expect(await rowsOf(page).count()).toBe(all);
      await page.getByRole('searchbox', { name: 'Find' }).fill('random supervised 100%');
      expect(await rowsOf(page).count()).toBeGreaterThan(0);
      expect(await page.locator('.best-shown').innerText()).toMatch(/^Best of them: .* AP \d+\.\d \(/);
    });
  });

  it('shows another reader what the first one saw', async () => {
    await withPage('leaderboard', {}, async (page) => {
      await page.getByRole('radio', { name: 'divided among trials' }).check();
      await page.getByRole('searchbox', { name: 'Find' }).fill('imagenet');
      await page.locator('summary', { hasText: 'Columns' }).click();
      await page.getByRole('checkbox', { name: 'AP50' }).uncheck();
      await page.locator('summary', { hasText: 'Augmentation' }).click();
      await page.getByRole('checkbox', { name: 's4', exact: true }).check();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'On front' }).click();
      await page
        .getByRole('checkbox', { name: /^Compare / })
        .first()
        .check();
      const seen = (each: Page) =>
        each.evaluate(
          `JSON.stringify([document.getElementById('leaderboard').innerText, document.querySelector('.compare-bar').innerText, document.querySelector('.plot[data-costing=amortised-flops]').offsetHeight > 0, document.querySelector('form.tools').innerText])`,
        );
      const other = await page.context().newPage();
      await other.goto(page.url());
      expect(await seen(other)).toBe(await seen(page));
      // An address of other results, or none at all, shows what there is.
      await other.goto(`${addressOf('leaderboard')}#by=nothing,up&rows=xyz&init=gone&hide=AP&policy=no&q=`);
      expect(await other.locator('.compare-bar').isVisible()).toBe(false);
      expect(await other.locator('.leaderboard [data-col=AP]').isVisible()).toBe(false);
    });
  });

  it('says what a budget buys, by keyboard, and keeps it in the address', async () => {
    await withPage('budget', {}, async (page) => {
      const slider = page.getByRole('slider', { name: 'Budget' });
      await slider.focus();
      await page.keyboard.press('Home');
      const cheapest = await page.locator('.answers').innerText();
      await page.keyboard.press('End');
      const dearest = await page.locator('.answers').innerText();
      expect(dearest).not.toBe(cheapest);
      expect(dearest).toMatch(/AP \d+\.\d/);
      expect(await page.locator('.map:visible svg:visible .budget-line').count()).toBe(1);
      await page.getByRole('radio', { name: 'device time' }).check();
      expect(await slider.getAttribute('aria-valuetext')).toMatch(/ (s|min)$/);
      const answer = await page.locator('.answers').innerText();
      await page.reload();
      expect(await page.locator('.answers').innerText()).toBe(answer);
      // The answer is a line of the table.
      const winner = await page.locator('.answers strong').first().innerText();
      expect(await page.locator('.winners:visible').innerText()).toContain(winner.split('\n')[0]);
    });
  });

  it('switches policy and metric without a script, and is whole without one', async () => {
    await withPage('leaderboard', { javaScriptEnabled: false }, async (page) => {
      const shown = () => page.locator('.plot:visible').getAttribute('data-costing');
      expect(await shown()).toBe('full-flops');
      await page.getByRole('radio', { name: 'divided among trials' }).check();
      expect(await shown()).toBe('amortised-flops');
      await page.getByRole('radio', { name: 'device time' }).check();
      expect(await shown()).toBe('amortised-deviceSeconds');
      expect(await rowsOf(page).count()).toBe(16);
      expect(await page.locator('.tools').isVisible()).toBe(false);
      await page.locator('summary', { hasText: 'Costs of all rows' }).click();
      expect(await page.locator('#costs').isVisible()).toBe(true);
    });
    await withPage('budget', { javaScriptEnabled: false }, async (page) => {
      expect(await page.locator('.asked').isVisible()).toBe(false);
      for (const part of ['.map', '.winners', '.curves', 'table[id^=targets]']) {
        expect(await page.locator(`${part}:visible`).count(), part).toBe(1);
      }
      await page.getByRole('radio', { name: 'device time' }).check();
      expect(await page.locator('.map:visible').getAttribute('data-costing')).toBe('full-deviceSeconds');
    });
  });

  it('follows every link of the leaderboard and the budget page to a page', async () => {
    for (const name of ['overview', 'leaderboard', 'budget']) {
      await withPage(name, {}, async (page) => {
        const links = await page.evaluate<string[]>(
          `[...new Set([...document.querySelectorAll('a[href]')].map(({ href }) => href.split('#')[0]))].filter((href) => href.startsWith('file:'))`,
        );
        expect(links.length).toBeGreaterThan(name === 'overview' ? 5 : 10);
        expect(links.filter((link) => !existsSync(fileURLToPath(link)))).toEqual([]);
      });
    }
  });

  it('shows the images', async () => {
    await withPage('trial', {}, async (page) => {
      const box = await page.locator('svg.image image').first().boundingBox();
      expect(box!.width).toBeGreaterThan(100);
      const loaded = await page.evaluate(
        'new Promise((done) => { const image = new Image(); image.onload = () => done(image.naturalWidth); image.onerror = () => done(0); image.src = document.querySelector("svg.image image").getAttribute("href"); })',
      );
      expect(loaded).toBe(96);
    });
  });
});
