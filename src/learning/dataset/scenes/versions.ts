import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { styles } from '../../../core/plan/scenes/spec';

/** Versions of what the scenes' pixels come from: the sprites, the SVG renderer and the PNG encoder. */
export async function packageVersions(): Promise<Record<string, string>> {
  const sprites = await Promise.all(
    styles.map(async (style) => {
      const icons = require.resolve(`@iconify-json/${style}/icons.json`);
      const manifest = JSON.parse(await readFile(join(dirname(icons), 'package.json'), 'utf8')) as {
        version: string;
      };
      return [style, manifest.version] as const;
    }),
  );
  const { sharp: version = '', vips = '', rsvg = '' } = sharp.versions as Record<string, string>;
  return { ...Object.fromEntries(sprites), sharp: version, vips, rsvg };
}
