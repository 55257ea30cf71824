import { z } from 'zod';
import { ERROR_TYPES, type KeptAnalyses } from '../../evaluation';

const count = z.number().min(0);
const share = z.number().min(0).max(1).nullable();
/** A rise of AP50 by mending errors; negative where mending costs a category all of its truth. */
const rise = z.number().min(-1).max(1).nullable();
const byType = <T extends z.ZodType>(value: T) => z.record(z.enum(ERROR_TYPES), value);
const categoryId = z.number().nullable();

const keptSchema = z.object({
  errors: z.object({
    AP50: share,
    counts: byType(count),
    deltaAP: byType(rise),
    deltaFalsePositives: rise,
    deltaFalseNegatives: rise,
    perCategory: z.record(z.string(), byType(count)),
  }),
  confusion: z.object({
    scoreThreshold: z.number(),
    iouThreshold: z.number(),
    cells: z.array(z.object({ truth: categoryId, detection: categoryId, count })),
  }),
  calibration: z
    .object({
      all: z.object({
        bins: z.array(
          z.object({
            from: z.number(),
            to: z.number(),
            detections: count,
            meanScore: share,
            precision: share,
          }),
        ),
        detections: count,
        expectedError: share,
        maximumError: share,
        brier: share,
      }),
    })
    .optional(),
});

/** The analyses that an evaluation kept; `undefined` in results of a version that kept none. */
export function readKeptAnalyses(detail: unknown): KeptAnalyses | undefined {
  const parsed = keptSchema.safeParse(detail);
  return parsed.success ? parsed.data : undefined;
}

const namesSchema = z.object({ categoryNames: z.record(z.string(), z.string()) });

/** Category id → name, as the evaluation wrote them down. */
export function categoryNamesOf(detail: unknown): Readonly<Record<string, string>> {
  const parsed = namesSchema.safeParse(detail);
  return parsed.success ? parsed.data.categoryNames : {};
}
