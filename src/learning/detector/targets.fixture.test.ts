import { describe, expect, it } from 'vitest';
import { generateAnchors } from './anchors';
import { type MatchingSettings } from './matching';
import { detectorSpec } from '../../core/plan/detector-spec';
import { type BatchTruths, writeTargets } from './targets';
import { expectClose, fixtureFolder, readFixture } from './fixtures.test-helper';
import { referenceGrid } from './reference-grid.test-helper';

interface Anchors {
  settings: {
    minLevel: number;
    maxLevel: number;
    numScales: number;
    aspectRatios: number[];
    anchorSize: number;
  };
  cases: {
    name: string;
    height: number;
    width: number;
    anchors: number;
    anchorsByLevel: Record<string, number>;
  }[];
}

interface Targets {
  settings: {
    matchThreshold: number;
    unmatchedThreshold: number;
    forceMatch: boolean;
    ignoreVariant: { matchThreshold: number; unmatchedThreshold: number };
  };
  cases: { name: string; height: number; width: number; anchors: number; numPositives: number }[];
}

const folder = fixtureFolder('retinanet');
const spec = detectorSpec.parse({ backbone: { type: 'plain' } });

function assignTargets(anchors: Float32Array, truths: BatchTruths, settings: MatchingSettings) {
  const count = anchors.length / 4;
  const targets = { classes: new Int32Array(count), boxes: new Float32Array(4 * count) };
  const positives = writeTargets(anchors, truths, settings, targets.classes, targets.boxes);
  return { ...targets, positives };
}

describe.skipIf(folder === undefined)('anchors and targets of the reference code', () => {
  const anchors = folder === undefined ? undefined : readFixture<Anchors>(folder, 'anchors');
  const targets = folder === undefined ? undefined : readFixture<Targets>(folder, 'targets');

  it.each(anchors?.description.cases ?? [])('anchors of $name', ({ name, height, width, ...expected }) => {
    const settings = anchors!.description.settings;
    const own = {
      minLevel: settings.minLevel,
      maxLevel: settings.maxLevel,
      anchors: {
        size: settings.anchorSize,
        octaveScales: settings.numScales,
        aspectRatios: settings.aspectRatios,
      },
    };
    const grid = referenceGrid(own, height, width);
    const perPosition = settings.numScales * settings.aspectRatios.length;
    expect(
      Object.fromEntries(grid.map(({ level, rows, columns }) => [level, rows * columns * perPosition])),
    ).toEqual(expected.anchorsByLevel);
    const boxes = generateAnchors(own, grid);
    expect(boxes.length).toBe(4 * expected.anchors);
    const rows = Object.hasOwn(anchors!.tensors, `${name}/index`)
      ? [...anchors!.integers(`${name}/index`)]
      : Array.from({ length: expected.anchors }, (_, row) => row);
    const chosen = rows.flatMap((row) => [...boxes.subarray(4 * row, 4 * row + 4)]);
    expectClose(chosen, anchors!.floats(`${name}/boxes`), { absolute: 1e-4 });
  });

  it.each((targets?.description.cases ?? []).map((entry, index) => ({ ...entry, index })))(
    'targets of $name',
    ({ index, height, width, numPositives }) => {
      const { settings } = targets!.description;
      const boxes = generateAnchors(spec, referenceGrid(spec, height, width));
      const truths = {
        boxes: targets!.floats(`${index}/boxes`),
        classes: targets!.integers(`${index}/classes`),
      };
      const assigned = assignTargets(boxes, truths, {
        positive: settings.matchThreshold,
        negative: settings.unmatchedThreshold,
        forceMatch: settings.forceMatch,
      });
      expect(assigned.positives).toBe(numPositives);
      expect(assigned.classes).toEqual(targets!.integers(`${index}/classTargets`));
      expectClose(assigned.boxes, targets!.floats(`${index}/boxTargets`), { absolute: 1e-5 });

      if (!Object.hasOwn(targets!.tensors, `${index}/classTargetsIgnore`)) return;
      const banded = assignTargets(boxes, truths, {
        positive: settings.ignoreVariant.matchThreshold,
        negative: settings.ignoreVariant.unmatchedThreshold,
        forceMatch: settings.forceMatch,
      });
      expect(banded.classes).toEqual(targets!.integers(`${index}/classTargetsIgnore`));
    },
  );
});
