import { readFile } from 'node:fs/promises';
import type { getIconData } from '@iconify/utils';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { RethinkError } from '../../../contract';
import { type Sprite, makeSprite } from './sprite';
import { type Style } from '../../../core/plan/scenes/spec';

/** Sprites by name; those of one name in the order of the styles asked for. */
export type SpriteSet = ReadonlyMap<string, readonly Sprite[]>;

/**
 * Draws the named things in every style that has them.
 *
 * @param side longest side of the sharpest level in pixels
 * @throws RethinkError `SCENES_NO_DRAWING` where no style has a name
 */
export async function drawAll(
  names: readonly string[],
  styles: readonly Style[],
  side: number,
): Promise<SpriteSet> {
  const sets = await Promise.all(styles.map(async (style) => ({ style, set: await readStyle(style) })));
  const entries = await pLimit(4).map(names, async (name) => {
    const drawn = await Promise.all(sets.map(({ style, set }) => draw(name, style, set, side)));
    const found = drawn.filter((sprite) => sprite !== undefined);
    if (found.length > 0) return [name, found] as const;
    const message = `None of the styles ${styles.join(', ')} has a sprite of "${name}".`;
    throw new RethinkError('SCENES_NO_DRAWING', message, { hint: 'Name more styles.' });
  });
  return new Map(entries);
}

/** A package's sprites: names and SVG bodies. */
type IconifyJSON = Parameters<typeof getIconData>[0];

async function readStyle(style: Style): Promise<IconifyJSON> {
  const file = require.resolve(`@iconify-json/${style}/icons.json`);
  return JSON.parse(await readFile(file, 'utf8')) as IconifyJSON;
}

async function draw(name: string, style: Style, set: IconifyJSON, side: number): Promise<Sprite | undefined> {
  // Loaded late: data sets are made once, and planned with often.
  const { getIconData, iconToHTML, iconToSVG } = await import('@iconify/utils');
  // fxemoji writes its names without hyphens.
  const icon = getIconData(set, name) ?? getIconData(set, name.replaceAll('-', ''));
  if (icon === null) return undefined;
  const { body, attributes } = iconToSVG(icon, { width: side, height: side });
  const svg = iconToHTML(body, attributes);
  const { data, info } = await sharp(Buffer.from(svg))
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return makeSprite(name, style, { width: info.width, height: info.height, data: new Uint8Array(data) });
}
