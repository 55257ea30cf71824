import { RethinkError } from '../../contract';
import type { Truth } from '../../evaluation';
import type { StageRecord } from '../../results/database/records';
import type { LeaderboardTrial, LeaderboardModel } from '../model/leaderboard';
import { controlOf } from '../model/leaderboard';
import { readTrialDetections, readTruth, type TrialDetections, type Truths } from '../model/trial-detections';
import { formatScore } from '../../core/text/units';
import { IMAGE_IOU, IMAGE_SCORE } from '../images/agreement';
import {
  agreementAt,
  chooseGallery,
  evenly,
  f1OfImages,
  Gallery,
  GALLERY_DETECTIONS,
  GALLERY_JUDGES,
  GALLERY_SCORE,
  type GalleryImage,
  imageGroups,
  storeImages,
} from '../images/gallery';
import { captionOf, overlay } from '../images/overlay';
import type { ImageFiles } from '../images/image-files';
import type { TypedImage } from '../images/typed-images';
import { slug } from '../templates/site-paths';
import { errorMeanings } from './error-view';
import { trialTitle } from '../model/row-names';
import {
  commonImages,
  onlyImages,
  poolDigest,
  poolStages,
  type PoolLabels,
  readPoolLabels,
  thresholdsOf,
  usersOf,
} from './pool-labels';

interface ImagesOptions {
  readonly model: LeaderboardModel;
  readonly artifactFolder: (key: string) => string;
  readonly truths: Truths;
  readonly images: ImageFiles;
  /** Folder of the galleries' data; on the page it is `gallery/`, and that of the images `images/`. */
  readonly folder: string;
}

/** Who detected something, as the page's lists name it. */
interface Choice {
  readonly id: string;
  readonly name: string;
  readonly group: string;
}

/** Pairs that are drawn for readers without scripts, by group. */
const staticPairs = { spread: 4, hardest: 3, easiest: 2, disputed: 3 } as const;

/** Pseudo-labelled images: fewer, as there are many such stages. */
const poolSizes = { spread: 6, hardest: 3, easiest: 3, disputed: 0 };
/** Truth of a pool that would take minutes to read is no matter for a page. */
const mostPool = 20_000;

/** The page "Images" of a benchmark: takes the trials' detections one by one, as they are read for their own pages. */
export class ImagesPage {
  private readonly choices: Choice[] = [];
  private readonly drawn = new Map<string, TypedImage[]>();
  private gallery?: Gallery;
  private truth?: Truth;
  private shownImages: readonly GalleryImage[] = [];
  private missing?: string;
  private readonly defaults: readonly [string, string] | undefined;

  private constructor(private readonly options: ImagesOptions) {
    this.defaults = defaultPair(options.model);
  }

  static async open(options: ImagesOptions): Promise<ImagesPage> {
    const page = new ImagesPage(options);
    await page.choose();
    return page;
  }

  private async choose(): Promise<void> {
    const { model, artifactFolder, truths, images: store, folder } = this.options;
    const ranked = model.rows.flatMap(({ done }) => done[0] ?? []);
    let images: string | undefined;
    const judges: number[][] = [];
    for (const { record } of evenly(ranked, GALLERY_JUDGES)) {
      const shown = readTrialDetections(model.benchmark, record, artifactFolder, truths);
      if (shown === undefined) continue;
      if (shown.missing !== undefined) this.missing ??= shown.missing;
      else {
        this.truth ??= shown.truth;
        images ??= shown.location.images;
        if (shown.truth === this.truth) judges.push(f1OfImages(shown.truth, shown.detections));
      }
    }
    if (this.truth === undefined || images === undefined) return;
    const stored = await storeImages(chooseGallery(this.truth, judges), this.truth, {
      images,
      store: store,
      href: 'images/',
    });
    this.shownImages = stored.images;
    if (stored.images.length === 0) {
      this.missing = stored.missing;
      return;
    }
    this.gallery = new Gallery({ name: 'validation', truth: this.truth, images: stored.images, folder });
  }

  /** Address of the page with this trial on the left, seen from the trial's page; absent where it has no images here. */
  linkFor(trial: LeaderboardTrial): string | undefined {
    const id = slug(trial.record.id);
    return this.choices.some((choice) => choice.id === id) ? `../images.html#left=${id}` : undefined;
  }

  add(trial: LeaderboardTrial, shown: TrialDetections | undefined): void {
    if (shown === undefined || shown.missing !== undefined || this.gallery === undefined) return;
    // Scored on other images, before the data changed.
    if (shown.truth !== this.truth) return;
    const { record } = trial;
    const id = slug(record.id);
    const typed = this.gallery.add(id, shown.detections);
    if (this.defaults?.includes(id) === true) this.drawn.set(id, typed);
    const AP = formatScore(record.metrics?.stats.AP);
    this.choices.push({
      id,
      name: `${trialTitle(record.axes)} – AP ${AP}${record.status === 'done' ? '' : ` (${record.status})`}`,
      group: record.axes.strategy,
    });
  }

  async view() {
    const validation = this.validation();
    const pool = await this.pool();
    return {
      title: this.options.model.benchmark.title,
      missing: validation === undefined ? (this.missing ?? 'Nothing has been scored yet.') : undefined,
      threshold: IMAGE_SCORE.toFixed(1),
      iou: IMAGE_IOU.toFixed(1),
      least: GALLERY_SCORE.toFixed(2),
      most: GALLERY_DETECTIONS,
      galleries: [validation, pool].filter((gallery) => gallery !== undefined),
    };
  }

  private validation() {
    if (this.gallery === undefined || this.choices.length === 0) return undefined;
    const ids = this.choices.map(({ id }) => id);
    const [left, right] = [
      ids.find((id) => id === this.defaults?.[0]) ?? ids[0]!,
      ids.find((id) => id === this.defaults?.[1]) ?? ids.at(-1)!,
    ];
    return {
      ...galleryView('validation', this.choices, [left, right], this.gallery.categories, IMAGE_SCORE),
      heading: 'Detections beside the truth',
      what: 'trial',
      isValidation: true,
      pairs: this.pairs([left, right], this.shownImages, this.gallery.categories, staticPairs, IMAGE_SCORE),
    };
  }

  private pairs(
    sides: readonly [string, string],
    images: readonly GalleryImage[],
    categories: readonly string[],
    most: Readonly<Record<GalleryImage['group'], number>>,
    threshold: number,
  ) {
    const left: Record<string, number> = { ...most };
    return images.flatMap(({ group, name, width, height, href }, at) => {
      if (left[group]!-- <= 0) return [];
      const drawings = sides.flatMap((id, side) => {
        const typed = this.drawn.get(id)?.[at];
        if (typed === undefined) return [];
        const agreement = agreementAt(typed, threshold);
        return [
          {
            svg: overlay(agreement, { width, height, href, categories, name }),
            caption: captionOf(agreement),
            side: side === 0 ? 'left' : 'right',
          },
        ];
      });
      return [{ name, group: imageGroups.find(({ id }) => id === group)!.name, drawings }];
    });
  }

  /** Pseudo-labels beside the hidden truth. */
  private async pool() {
    const { model, artifactFolder, truths, images: store, folder } = this.options;
    const { benchmark } = model;
    const stages = poolStages(benchmark);
    const found: { stage: StageRecord; labels: PoolLabels }[] = [];
    let truth: Truth | undefined;
    let images: string | undefined;
    for (const stage of stages) {
      const location = benchmark.datasets[poolDigest(stage) ?? ''];
      if (location === undefined || stage.imageCounts === undefined) continue;
      if (Object.values(stage.imageCounts).some((count) => count > mostPool)) continue;
      const own = readTruth(location.truth ?? location.annotations, truths);
      if (own === undefined || own instanceof RethinkError || own.count === 0) continue;
      truth ??= own;
      images ??= location.images;
      const labels = own === truth ? readPoolLabels(artifactFolder(stage.key), truth) : undefined;
      if (labels !== undefined) found.push({ stage, labels });
    }
    if (truth === undefined || images === undefined || found.length === 0) return undefined;
    const judges = evenly(found, GALLERY_JUDGES).map(({ labels }) => f1OfImages(truth, labels.detections));
    // A stage may have labelled a part of the pool: images that all of them saw.
    const seen = commonImages(found.map(({ labels }) => labels.images));
    const chosen = chooseGallery(onlyImages(truth, seen), judges, poolSizes);
    const stored = await storeImages(chosen, truth, { images, store: store, href: 'images/' });
    if (stored.images.length === 0) return undefined;
    const [threshold, least] = thresholdsOf(found.map(({ stage }) => stage));
    const gallery = new Gallery({
      name: 'pool',
      truth,
      images: stored.images,
      folder,
      leastScore: least,
    });
    const users = usersOf(benchmark);
    const choices = found.map(({ stage, labels }): Choice => {
      const id = stage.key.slice(0, 16);
      const typed = gallery.add(id, labels.detections);
      if (stage === found[0]!.stage || stage === found.at(-1)!.stage) this.drawn.set(id, typed);
      const trial = users.get(stage.key);
      return { id, name: trial ?? `${stage.label} ${id}`, group: stage.label };
    });
    const sides = [choices[0]!.id, choices.at(-1)!.id] as const;
    return {
      ...galleryView('pool', choices, sides, gallery.categories, threshold, least),
      heading: 'Pseudo-labels against the hidden truth',
      what: 'labeller',
      isPool: true,
      pairs: this.pairs(sides, stored.images, gallery.categories, poolSizes, threshold),
    };
  }
}

function galleryView(
  name: string,
  choices: readonly Choice[],
  [left, right]: readonly [string, string],
  categories: readonly string[],
  threshold: number,
  least: number = GALLERY_SCORE,
) {
  const groups = [...new Set(choices.map(({ group }) => group))];
  const side = (id: 'left' | 'right', chosen: string) => ({
    id,
    title: id === 'left' ? 'Left' : 'Right',
    chosen: choices.find((choice) => choice.id === chosen)!.name,
    groups: groups.map((group) => ({
      name: group,
      choices: choices
        .filter((choice) => choice.group === group)
        .map((choice) => ({ ...choice, isChosen: choice.id === chosen })),
    })),
  });
  return {
    name,
    sides: [side('left', left), side('right', right)],
    categories: categories.map((category, index) => ({ index, name: category })),
    errors: Object.entries(errorMeanings).map(([type, meaning]) => ({ type, meaning })),
    threshold: threshold.toFixed(2),
    least: least.toFixed(2),
    groups: imageGroups,
  };
}

/** The best trial, and what it has to beat: its control, or the best trial of another strategy, or the second. */
function defaultPair(model: LeaderboardModel): readonly [string, string] | undefined {
  const ranked = model.rows.flatMap(({ done, rank }) => (rank === undefined ? [] : (done[0] ?? [])));
  const best = ranked[0];
  if (best === undefined) return undefined;
  const control = controlOf(model, best);
  const other =
    (control?.record.status === 'done' ? control : undefined) ??
    ranked.find(({ record }) => record.axes.strategy !== best.record.axes.strategy) ??
    ranked[1] ??
    best;
  return [slug(best.record.id), slug(other.record.id)];
}
