import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reportsFolder } from '../templates/templates';
import { paletteCss } from './palette';

it('is the palette of the pages', async () => {
  await expect(paletteCss()).toMatchFileSnapshot(join(reportsFolder, 'assets', 'palette.css'));
});
