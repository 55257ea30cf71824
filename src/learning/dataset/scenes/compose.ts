import { type RandomSource, type RgbImage } from '../../../contract';
import { addGrain, type Canvas, paintBackground } from './background';
import { type Sprite } from './sprite';
import { type SpriteSet } from './sprites';
import { type ScenesSpec } from '../../../core/plan/scenes/spec';
import { forEachVisible, pasteSprite, poseSprite, type PosedSprite } from './paste';

/** An object of a scene; box and area are of its visible pixels. */
interface SceneObject {
  readonly category: number;
  /** x, y, width, height in whole pixels. */
  readonly box: readonly [number, number, number, number];
  readonly area: number;
}

export interface Scene {
  readonly image: RgbImage;
  readonly objects: readonly SceneObject[];
}

/** What scenes of one pool are made of. */
export interface SpritePools {
  /** Sprites of the classes, by category index. */
  readonly classes: readonly (readonly Sprite[])[];
  readonly distractors: readonly (readonly Sprite[])[];
}

export function poolsOf(
  sprites: SpriteSet,
  names: readonly string[],
  distractors: readonly string[],
): SpritePools {
  return {
    classes: names.map((name) => sprites.get(name)!),
    distractors: distractors.map((name) => sprites.get(name)!),
  };
}

/** Attempts to find a position for a sprite before it is left out. */
const attempts = 20;

type SceneOptions = Pick<
  ScenesSpec,
  'size' | 'objects' | 'distractors' | 'rotation' | 'occlusion' | 'clutter'
>;

/** Composes one scene; the same spec and random samples give the same pixels. */
export function composeScene(spec: SceneOptions, pools: SpritePools, random: RandomSource): Scene {
  const { size } = spec;
  const canvas: Canvas = new Float32Array(size * size * 3);
  paintBackground(canvas, size, spec, random.fork('background'));
  const layout = new Layout(size, spec.occlusion);
  const objectCount = spec.objects.min + random.integer(spec.objects.max - spec.objects.min + 1);
  const distractorCount = random.integer(spec.distractors + 1);
  // −1 stands for a distractor; the order is that of painting.
  const kinds = random.shuffle([
    ...Array.from({ length: objectCount }, () => random.integer(pools.classes.length)),
    ...Array.from({ length: distractorCount }, () => -1),
  ]);
  for (const category of kinds) {
    const variants = category === -1 ? random.pick(pools.distractors) : pools.classes[category]!;
    const posed = layout.place(category, () => drawPose(spec, random.pick(variants), random));
    if (posed !== undefined) pasteSprite(canvas, size, posed, colourGain(random));
  }
  addGrain(canvas, random.chance(0.5) ? random.between(0, 18) : 0, random.fork('grain'));
  return { image: develop(canvas, size, random), objects: layout.objects() };
}

function drawPose(spec: SceneOptions, sprite: Sprite, random: RandomSource): PosedSprite {
  const { size, objects, rotation } = spec;
  const longerSide = random.between(objects.sizeMin, objects.sizeMax) * size;
  // Centres keep off the border by most of half the sprite; what still reaches out counts as hidden.
  const margin = Math.min(0.42 * longerSide, size / 2);
  return poseSprite(sprite, {
    centreX: random.between(margin, size - margin),
    centreY: random.between(margin, size - margin),
    longerSide,
    stretch: random.between(0.85, 1.18),
    angle: (random.between(-rotation, rotation) * Math.PI) / 180,
    flip: random.chance(0.5),
  });
}

function colourGain(random: RandomSource): [number, number, number] {
  const brightness = random.between(0.72, 1.18);
  return [0, 1, 2].map(() => brightness * random.between(0.9, 1.1)) as [number, number, number];
}

/** Contrast and brightness of the whole image, then bytes. */
function develop(canvas: Canvas, size: number, random: RandomSource): RgbImage {
  const contrast = random.between(0.75, 1.15);
  const brightness = random.between(-18, 18);
  const data = new Uint8Array(canvas.length);
  for (let i = 0; i < canvas.length; i++) {
    data[i] = Math.min(255, Math.max(0, Math.round((canvas[i]! - 128) * contrast + 128 + brightness)));
  }
  return { width: size, height: size, data };
}

/** Which object is visible at each pixel of a scene. */
class Layout {
  private readonly owner: Int16Array;
  private readonly placed: { category: number; whole: number; seen: number }[] = [];

  constructor(
    private readonly side: number,
    private readonly occlusion: number,
  ) {
    this.owner = new Int16Array(side * side).fill(-1);
  }

  /** Takes the first pose that hides too much of nothing, itself included. */
  place(category: number, pose: () => PosedSprite): PosedSprite | undefined {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const posed = pose();
      const hidden = new Map<number, number>();
      let seen = 0;
      forEachVisible(posed, this.side, (pixel) => {
        seen++;
        const owner = this.owner[pixel]!;
        if (owner >= 0) hidden.set(owner, (hidden.get(owner) ?? 0) + 1);
      });
      if (seen < posed.visiblePixels * (1 - this.occlusion) || seen === 0) continue;
      if ([...hidden].some(([owner, count]) => !this.allows(owner, count))) continue;
      const index = this.placed.length;
      for (const [owner, count] of hidden) this.placed[owner]!.seen -= count;
      this.placed.push({ category, whole: posed.visiblePixels, seen });
      forEachVisible(posed, this.side, (pixel) => (this.owner[pixel] = index));
      return posed;
    }
    return undefined;
  }

  private allows(owner: number, count: number): boolean {
    const { category, whole, seen } = this.placed[owner]!;
    return category === -1 || seen - count >= whole * (1 - this.occlusion);
  }

  objects(): SceneObject[] {
    const { side, owner } = this;
    const boxes = this.placed.map(() => ({ left: side, top: side, right: -1, bottom: -1 }));
    for (let y = 0, pixel = 0; y < side; y++) {
      for (let x = 0; x < side; x++, pixel++) {
        const box = boxes[owner[pixel]!];
        if (box === undefined) continue;
        box.left = Math.min(box.left, x);
        box.right = Math.max(box.right, x);
        box.top = Math.min(box.top, y);
        box.bottom = y;
      }
    }
    return this.placed.flatMap(({ category, seen }, i) => {
      const { left, top, right, bottom } = boxes[i]!;
      if (category === -1) return [];
      return [{ category, box: [left, top, right - left + 1, bottom - top + 1] as const, area: seen }];
    });
  }
}

/** One sprite that fills most of a square image: what classification data is made of. */
export function composeSingle(
  variants: readonly Sprite[],
  spec: { readonly size: number; readonly rotation: number; readonly clutter: number },
  random: RandomSource,
): RgbImage {
  const { size } = spec;
  const canvas: Canvas = new Float32Array(size * size * 3);
  paintBackground(canvas, size, spec, random.fork('background'));
  const longerSide = random.between(0.5, 0.95) * size;
  const slack = Math.max(0, (size - 0.8 * longerSide) / 2);
  const posed = poseSprite(random.pick(variants), {
    centreX: size / 2 + random.between(-slack, slack),
    centreY: size / 2 + random.between(-slack, slack),
    longerSide,
    stretch: random.between(0.85, 1.18),
    angle: (random.between(-spec.rotation, spec.rotation) * Math.PI) / 180,
    flip: random.chance(0.5),
  });
  pasteSprite(canvas, size, posed, colourGain(random));
  addGrain(canvas, random.chance(0.5) ? random.between(0, 18) : 0, random.fork('grain'));
  return develop(canvas, size, random);
}
