import { existsSync, readFileSync, statSync } from 'node:fs';
import { RethinkError } from '../../contract';
import { quoted } from '../../core/text/format';
import { suggest } from '../../core/text/did-you-mean';
import type { SubsetOptions } from '../../evaluation';
import { type AreaRange, AREA_RANGES, COCO, type EvaluationParameters } from '../../evaluation/parameters';
import { flag, list } from './options';

/** What of a data set is evaluated, and how. */
export interface EvaluationOptions {
  images?: string[];
  categories?: string[];
  classAgnostic?: boolean;
  iou?: number[];
  areas?: AreaRange[];
  maxDets?: number[];
  ignoreUnknownCategories?: boolean;
}

export const evaluationFlags = [
  flag(
    '--images <ids|file>',
    'evaluate only these images: ids or file names separated by commas, or a file with one a line or a JSON list',
    imageList,
  ),
  flag('--categories <names>', 'evaluate only these categories: names or ids separated by commas', list),
  flag('--class-agnostic', 'count all categories as one (useCats = 0 of pycocotools)'),
  flag('--iou <thresholds>', 'IoU thresholds: 0.5,0.75 or 0.5:0.95:0.05 (default)', iouThresholds),
  flag(
    '--areas <ranges>',
    'area ranges in square pixels: small,medium,large (default) or name=min:max,…',
    areaRanges,
  ),
  flag('--max-dets <counts>', 'limits of detections per image and category: 1,10,100 (default)', limits),
  flag(
    '--ignore-unknown-categories',
    'ignore detections of categories missing from the ground truth, as pycocotools does',
  ),
];

export function parametersFrom({ iou, areas, maxDets }: EvaluationOptions): EvaluationParameters {
  return {
    iouThresholds: iou ?? COCO.iouThresholds,
    areaRanges: areas === undefined ? COCO.areaRanges : [AREA_RANGES[0]!, ...areas],
    maxDetections: maxDets ?? COCO.maxDetections,
  };
}

export function subsetFrom({ images, categories, classAgnostic }: EvaluationOptions): SubsetOptions {
  return { images, categories, classAgnostic };
}

/** Most thresholds and area ranges that matching can tell apart; see `EvaluationParameters`. */
const [MOST_THRESHOLDS, MOST_AREAS] = [16, 7];
const MOST_DETECTIONS = 65535;

function refuse(message: string, hint?: string): never {
  throw new RethinkError('USAGE', message, { hint });
}

function imageList(value: string, name: string): string[] {
  // A long list of ids is longer than a path may be: `statSync` alone would throw.
  if (!existsSync(value) || statSync(value).isDirectory()) {
    return (list(value, name, undefined) as string[]).filter(Boolean);
  }
  const text = readFileSync(value, 'utf8');
  if (!text.trimStart().startsWith('['))
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  try {
    return (JSON.parse(text) as unknown[]).map(String);
  } catch (error) {
    throw new RethinkError('USAGE', `The list of images is not JSON: ${(error as Error).message}.`, {
      location: { file: value },
    });
  }
}

function iouThresholds(value: string, name: string): number[] {
  const range = value.split(':').map(Number);
  const isRange = range.length > 1;
  const [from = NaN, to = NaN, step = 0.05] = range;
  const count = Math.round((to - from) / step) + 1;
  // As numpy's linspace, whose last bits decide matches on a threshold.
  const thresholds = isRange
    ? Array.from({ length: Math.min(count, 1000) || 0 }, (_, i) =>
        i === count - 1 ? to : from + i * ((to - from) / (count - 1)),
      )
    : value.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const sorted = [...new Set(thresholds)].sort((a, b) => a - b);
  const outside = sorted.find((each) => !(each > 0 && each <= 1));
  if (sorted.length === 0 || outside !== undefined || range.length > 3) {
    const hint =
      outside !== undefined && outside > 1 && outside <= 100
        ? `${outside} % is ${outside / 100}.`
        : undefined;
    refuse(
      `${name} must be numbers in (0, 1] separated by commas or from:to:step, got ${quoted(value)}.`,
      hint,
    );
  }
  if (sorted.length > MOST_THRESHOLDS) {
    refuse(`${name} has ${sorted.length} thresholds, more than the maximum of ${MOST_THRESHOLDS}.`);
  }
  return sorted;
}

function areaRanges(value: string, name: string): AreaRange[] {
  const known = AREA_RANGES.slice(1);
  const ranges = value.split(',').map((part): AreaRange => {
    const [label = '', range] = part.split('=').map((each) => each.trim());
    if (range === undefined) {
      const found = known.find((each) => each.name === label);
      return (
        found ??
        refuse(
          `There is no area range ${quoted(label)}.`,
          `${suggest(
            label,
            known.map((each) => each.name),
          )} Define others as name=min:max in square pixels.`,
        )
      );
    }
    const [min = NaN, max = NaN, ...more] = range
      .split(':')
      .map((end) => (end === 'inf' ? 1e10 : end === '' ? NaN : Number(end)));
    if (!/^\w[\w-]*$/.test(label) || !(min >= 0 && max > min) || more.length > 0) {
      refuse(
        `${name} must be ranges name=min:max in square pixels, got ${quoted(part)}.`,
        'For example: tiny=0:256,huge=100000:inf',
      );
    }
    return { name: label, min, max };
  });
  const names = ['all', ...ranges.map((each) => each.name)];
  const twice = names.find((each, index) => names.indexOf(each) !== index);
  if (twice !== undefined)
    refuse(`${name} names the range ${quoted(twice)} twice; "all" is always included.`);
  if (ranges.length > MOST_AREAS) {
    refuse(`${name} has ${ranges.length} ranges, more than the maximum of ${MOST_AREAS}.`);
  }
  return ranges;
}

function limits(value: string, name: string): number[] {
  const counts = value.split(',').map(Number);
  if (counts.some((count) => !Number.isInteger(count) || count < 1 || count > MOST_DETECTIONS)) {
    refuse(
      `${name} must be integers between 1 and ${MOST_DETECTIONS} separated by commas, got ${quoted(value)}.`,
    );
  }
  return [...new Set(counts)].sort((a, b) => a - b);
}
