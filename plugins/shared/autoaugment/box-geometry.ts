import { type Box } from './types';

const { fround, trunc } = Math;

/** Side of an image in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

interface PixelBox {
  readonly yMin: number;
  readonly xMin: number;
  readonly yMax: number;
  readonly xMax: number;
}

/** Shares as whole pixels, truncated; in float32, as the reference. */
export function toPixels([yMin, xMin, yMax, xMax]: Box, { width, height }: Size): PixelBox {
  return {
    yMin: trunc(fround(height * fround(yMin))),
    xMin: trunc(fround(width * fround(xMin))),
    yMax: trunc(fround(height * fround(yMax))),
    xMax: trunc(fround(width * fround(xMax))),
  };
}

export function translateBox(box: Box, size: Size, pixels: number, axis: 'x' | 'y'): Box {
  const by = trunc(pixels);
  const { yMin, xMin, yMax, xMax } = toPixels(box, size);
  const moved =
    axis === 'x'
      ? { yMin, yMax, xMin: Math.max(0, xMin - by), xMax: Math.min(size.width, xMax - by) }
      : { xMin, xMax, yMin: Math.max(0, yMin - by), yMax: Math.min(size.height, yMax - by) };
  return finish(
    fround(moved.yMin / size.height),
    fround(moved.xMin / size.width),
    fround(moved.yMax / size.height),
    fround(moved.xMax / size.width),
  );
}

export function shearBox(box: Box, size: Size, level: number, axis: 'x' | 'y'): Box {
  const { yMin, xMin, yMax, xMax } = toPixels(box, size);
  const by = fround(-level);
  const corners = [
    [yMin, xMin],
    [yMin, xMax],
    [yMax, xMin],
    [yMax, xMax],
  ] as const;
  const moved = corners.map(([y, x]) =>
    axis === 'x'
      ? ([y, trunc(fround(fround(by * y) + x))] as const)
      : ([trunc(fround(y + fround(by * x))), x] as const),
  );
  return enclose(moved, size);
}

/** About the image's centre; the reference lets the y axis point up for it. */
export function rotateBox(box: Box, size: Size, degrees: number): Box {
  const radians = fround((degrees * Math.PI) / 180);
  const cos = fround(Math.cos(radians));
  const sin = fround(Math.sin(radians));
  const { height, width } = size;
  const up = (share: number) => -trunc(fround(height * fround(fround(share) - 0.5)));
  const along = (share: number) => trunc(fround(width * fround(fround(share) - 0.5)));
  const [yMin, xMin, yMax, xMax] = [up(box[0]), along(box[1]), up(box[2]), along(box[3])];
  const turned = (
    [
      [yMin, xMin],
      [yMin, xMax],
      [yMax, xMin],
      [yMax, xMax],
    ] as const
  ).map(([y, x]) => ({
    y: trunc(fround(fround(cos * y) + fround(sin * x))),
    x: trunc(fround(fround(-sin * y) + fround(cos * x))),
  }));
  const ys = turned.map(({ y }) => y);
  const xs = turned.map(({ x }) => x);
  return finish(
    fround(-fround(fround(Math.max(...ys) / height) - 0.5)),
    fround(fround(Math.min(...xs) / width) + 0.5),
    fround(-fround(fround(Math.min(...ys) / height) - 0.5)),
    fround(fround(Math.max(...xs) / width) + 0.5),
  );
}

function enclose(corners: readonly (readonly [y: number, x: number])[], { width, height }: Size): Box {
  const ys = corners.map(([y]) => y);
  const xs = corners.map(([, x]) => x);
  return finish(
    fround(Math.min(...ys) / height),
    fround(Math.min(...xs) / width),
    fround(Math.max(...ys) / height),
    fround(Math.max(...xs) / width),
  );
}

/** Cuts a box to the image; an empty one at the border is widened by .05. */
function finish(yMin: number, xMin: number, yMax: number, xMax: number): Box {
  const [top, bottom] = widen(clip(yMin), clip(yMax));
  const [left, right] = widen(clip(xMin), clip(xMax));
  return [top, left, bottom, right];
}

function clip(share: number): number {
  return Math.min(1, Math.max(0, share));
}

const delta = 0.05;

function widen(min: number, max: number): [number, number] {
  return min === max ? [Math.min(min, 1 - delta), Math.max(max, delta)] : [min, max];
}
