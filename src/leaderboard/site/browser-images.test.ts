import { type Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { executablePath, withPage } from './browser.test-helper';

describe.skipIf(executablePath === undefined)('the page with images of two trials', () => {
  const validation = (page: Page) => page.locator('[data-gallery="validation"]');
  const shown = (page: Page) =>
    validation(page).locator('.pair .pair-sides').first().locator('svg.image').first();
  const counts = async (page: Page) => {
    const status = (await validation(page).locator('[data-status]').textContent())!;
    const [, images, found, objects, wrong] =
      /^(\d+) images?\. Left: (\d+) of (\d+) objects found, (\d+) wrong/.exec(status) ?? [];
    return [images, found, objects, wrong].map(Number) as [number, number, number, number];
  };
  const ready = (page: Page) =>
    validation(page)
      .getByText(/^\d+ images\. Left:/)
      .waitFor();

  it('follows the threshold, by keyboard, and keeps it in the address', async () => {
    await withPage('images', {}, async (page) => {
      await ready(page);
      const before = await counts(page);
      expect(before[0]).toBeGreaterThan(8);
      const slider = validation(page).getByRole('slider', { name: /Score at least/ });
      await slider.focus();
      await page.keyboard.press('End');
      await expect.poll(() => page.url()).toMatch(/#score=0\.95$/);
      const after = await counts(page);
      expect(after[1]).toBeLessThan(before[1]);
      expect(after[3]).toBeLessThanOrEqual(before[3]);
      expect(await validation(page).locator('[data-score]').textContent()).toBe('0.95');
      await page.reload();
      await ready(page);
      expect(await counts(page)).toEqual(after);
    });
  });

  it('shows one category, one kind of error, one group, in an order', async () => {
    await withPage('images', {}, async (page) => {
      await ready(page);
      const all = await counts(page);
      const choose = (name: string, label: string) =>
        validation(page).getByRole('combobox', { name }).selectOption({ label });
      await choose('Category', 'disc');
      const discs = await counts(page);
      expect(discs[2]).toBeLessThan(all[2]);
      await choose('Category', 'all');
      await choose('Errors', 'missed');
      for (const pair of await validation(page).locator('.pair').all()) {
        expect(await pair.textContent()).toMatch(/\d missed/);
      }
      expect(await validation(page).locator('rect.right').count()).toBe(0);
      await choose('Errors', 'all boxes');
      await choose('Images', 'evenly spread over the data');
      expect((await counts(page))[0]).toBe(8);
      await choose('Order', 'worst of the left first');
      const shares = (
        await validation(page).locator('.pair .pair-sides > div:first-child p').allTextContents()
      ).map((text) => Number(/^(\d+) of (\d+)/.exec(text)![1]) > 0);
      // An image on which nothing is found is no better than one on which something is.
      expect(shares).toEqual([...shares].sort((a, b) => Number(a) - Number(b)));
      expect(page.url()).toMatch(/#group=spread&order=worst$/);
    });
  });

  it('takes the trials from the address, as the trials’ pages link to it', async () => {
    await withPage('trial', {}, async (page) => {
      await page.getByRole('link', { name: 'Beside another trial’s, at any threshold' }).click();
      await ready(page);
      const left = validation(page).getByRole('combobox', { name: 'Left' });
      expect(await left.inputValue()).toMatch(/^imagenet-s4-self-training/);
      const box = await shown(page).locator('image').boundingBox();
      expect(box!.width).toBeGreaterThan(100);
      const side = validation(page).locator('.pair-sides > div:nth-child(2)').first();
      const drawn = await side.innerHTML();
      const right = validation(page).getByRole('combobox', { name: 'Right' });
      const chosen = await right.inputValue();
      const options = await right.locator('option').all();
      const values = await Promise.all(options.map((option) => option.getAttribute('value')));
      await right.selectOption(values.find((value) => value !== chosen)!);
      await expect.poll(() => side.innerHTML()).not.toBe(drawn);
      expect(page.url()).toMatch(/#left=imagenet-s4-self-training.*&right=/);
    });
  });

  it('is useful without scripts', async () => {
    await withPage('images', { javaScriptEnabled: false }, async (page) => {
      expect(await validation(page).locator('.pair:visible').count()).toBeGreaterThanOrEqual(7);
      expect(await page.getByRole('slider').count()).toBe(0);
      expect(await validation(page).locator('noscript p').isVisible()).toBe(true);
      expect(await page.locator('[data-gallery="pool"] .pair:visible').count()).toBeGreaterThanOrEqual(6);
    });
  });
});
