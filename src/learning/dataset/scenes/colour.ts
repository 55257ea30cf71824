import { type RandomSource } from '../../../contract';

export type Colour = readonly [red: number, green: number, blue: number];

/** Any colour: all hues alike, from grey to vivid and from dark to light. 0…255. */
export function anyColour(random: RandomSource): Colour {
  return hsl(random.uniform() * 360, random.uniform() ** 1.3 * 0.85, random.between(0.15, 0.88));
}

/** A colour near another one. */
export function nearColour(colour: Colour, by: number, random: RandomSource): Colour {
  return [
    colour[0] + random.between(-by, by),
    colour[1] + random.between(-by, by),
    colour[2] + random.between(-by, by),
  ];
}

/** Hue in degrees, saturation and lightness in 0…1. */
function hsl(hue: number, saturation: number, lightness: number): Colour {
  const amplitude = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    return 255 * (lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}
