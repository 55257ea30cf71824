import { costPolicies } from '../../core/cost/lineage';
import { AREA_RANGES, IOU_THRESHOLDS, MAX_DETECTIONS, RECALL_LEVELS } from '../../evaluation/parameters';
import { CONFIDENCE, RESAMPLES } from '../../statistics/bootstrap/replicates';
import { trialStatuses } from '../../results/database/records';
import { LEVEL } from '../../statistics/claims/claims';
import { POWER } from '../../statistics/claims/power';
import { ERROR_TYPES } from '../../evaluation';
import { SCORE_THRESHOLDS } from '../../evaluation/pseudo-label-quality';
import { IMAGE_IOU, IMAGE_SCORE, imagesEach } from '../images/agreement';
import { GALLERY_DETECTIONS, GALLERY_JUDGES, GALLERY_SCORE, imageGroups } from '../images/gallery';
import { LOG_CHARACTERS } from '../model/stage-logs';
import { errorMeanings } from './error-view';
import { statusMeanings, statusView } from './status-view';
import { stageKindNames, stageKinds } from '../../core/plan/stage-kinds';

const policyMeanings = {
  full: 'every stage of the trial’s lineage, as if the trial had been run alone',
  amortised:
    'each stage divided by the number of trials that use it, controls not counted; summed over all trials except controls, this is the cost of their stages',
  marginal: 'only the stages that no other trial of the benchmark uses',
} as const;

/** How every number is made: from the constants that the code itself uses. */
export function methodsView() {
  const areas = AREA_RANGES.filter((range) => range.name !== 'all').map(({ name, min, max }) => ({
    name,
    text:
      min === 0
        ? `up to ${Math.sqrt(max)}² pixels`
        : max >= 1e10
          ? `from ${Math.sqrt(min)}² pixels`
          : `${Math.sqrt(min)}² to ${Math.sqrt(max)}² pixels`,
  }));
  return {
    thresholds: `${IOU_THRESHOLDS[0]!.toFixed(2)}, ${IOU_THRESHOLDS[1]!.toFixed(2)}, …, ${IOU_THRESHOLDS.at(-1)!.toFixed(2)}`,
    thresholdCount: IOU_THRESHOLDS.length,
    confidence: `${100 * CONFIDENCE}\u202f%`,
    resamples: RESAMPLES,
    recallLevels: RECALL_LEVELS.length,
    mostDetections: Math.max(...MAX_DETECTIONS),
    areas,
    scoringKinds: stageKindNames.filter((kind) => !stageKinds[kind].isCharged).join(' and '),
    policies: costPolicies.map((name) => ({ name, meaning: policyMeanings[name] })),
    statuses: trialStatuses.map((status) => ({ ...statusView(status), meaning: statusMeanings[status] })),
    imageScore: IMAGE_SCORE.toFixed(1),
    imageIou: IMAGE_IOU.toFixed(1),
    imagesEach,
    errorIou: IOU_THRESHOLDS[0]!.toFixed(2).replace(/^0/, ''),
    errors: ERROR_TYPES.map((type) => ({ type, meaning: errorMeanings[type] })),
    pseudoThresholds: `${SCORE_THRESHOLDS[0]!.toFixed(1)}, ${SCORE_THRESHOLDS[1]!.toFixed(1)}, …, ${SCORE_THRESHOLDS.at(-1)!.toFixed(1)}`,
    galleryScore: GALLERY_SCORE.toFixed(2),
    galleryDetections: GALLERY_DETECTIONS,
    galleryJudges: GALLERY_JUDGES,
    galleryGroups: imageGroups.map(({ name, count }) => `${count} ${name}`).join(', '),
    logKibibytes: LOG_CHARACTERS / 1024,
    claimLevel: `${Math.round(100 * LEVEL)}\u202f%`,
    claimPower: `${Math.round(100 * POWER)}\u202f%`,
  };
}
