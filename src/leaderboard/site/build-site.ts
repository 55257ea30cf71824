import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RethinkError } from '../../contract';
import type { CostFactors } from '../../core/cost/cost';
import type { PluginSummary } from '../../core/plan/plugin-summary';
import type { BenchmarkResults, ResultsSnapshot } from '../../results/database/records';
import type { Conformance } from '../model/conformance';
import { buildLeaderboard, type LeaderboardModel, controlOf } from '../model/leaderboard';
import { changesOf } from '../model/changes';
import { changesView } from '../pages/changes-view';
import { budgetView } from '../pages/budget-view';
import { effectsView } from '../pages/effects-view';
import { gridView } from '../pages/grid-view';
import { leaderboardView } from '../pages/leaderboard-view';
import { machinesView } from '../pages/machines-view';
import { methodsView } from '../pages/methods-view';
import { ImagesPage } from '../pages/images-view';
import type { OwnScore } from '../pages/reference-view';
import { type BenchmarkSummary, overviewView } from '../pages/overview-view';
import { pluginsView } from '../pages/plugins-view';
import { trialView } from '../pages/trial-view';
import { costRatioTest } from '../model/cost-ratio-claims';
import { pointReplicates } from '../model/point-replicates';
import { TrialCurves } from '../model/trial-curves';
import { readTrialDetections, type Truths } from '../model/trial-detections';
import type { CostRatioTest } from '../../statistics/claims/claims';
import { claimAxes } from '../../statistics/claims/spec';
import { claimsOfBenchmark } from '../model/effects-benchmark';
import { exportView } from '../pages/export-view';
import { ImageFiles } from '../images/image-files';
import { type ExportedPages, PageWriter } from './page-writer';
import { replaceFolder } from './site-folder';
import type { HiddenFolders } from '../../core/files/shown-paths';
import { withShownPaths } from '../model/shown-paths';
import { StageLogs } from '../model/stage-logs';
import { benchmarkFolder, rootFrom, slug } from '../templates/site-paths';
import { reportsFolder } from '../templates/templates';

export interface BuildSiteOptions {
  readonly results: ResultsSnapshot;
  /** Folder of a stage key's artifact. */
  readonly artifactFolder: (key: string) => string;
  /** What turns a benchmark's device hours and joules into money and carbon; list prices by default. */
  readonly factorsOf?: (benchmark: BenchmarkResults) => CostFactors;
  /** Log file of a stage key; without it no logs go beside the pages. */
  readonly logFile?: (key: string) => string;
  /** What the conformance suite found in a plugin; without it all are shown as not checked. */
  readonly conformanceOf?: (plugin: PluginSummary) => Conformance | undefined;
  /** Taken out of logs and reasons. */
  readonly hiddenFolders?: HiddenFolders;
  /** Default `none`. */
  readonly exports?: ExportedPages;
  /** Earlier states of benchmarks, by name, and what they are called: each gets a page of what has changed since. */
  readonly before?: ReadonlyMap<string, { readonly label: string; readonly results: BenchmarkResults }>;
  /** Replaced as a whole. */
  readonly outFolder: string;
}

export interface BuiltSite {
  /** Absolute path of the first page. */
  readonly index: string;
  /** Paths of all pages, relative to the folder. */
  readonly pages: readonly string[];
}

/**
 * Builds the pages: `index.html` is the overview; each benchmark has a folder with its leaderboard, trials and so on, whose
 * addresses stay. The same results give the same bytes.
 *
 * @throws RethinkError `REPORT_NO_RESULTS`, `REPORT_FOLDER_TAKEN`
 */
export async function buildSite(options: BuildSiteOptions): Promise<BuiltSite> {
  const { outFolder, hiddenFolders = {} } = options;
  const results = withShownPaths(options.results, hiddenFolders);
  if (results.benchmarks.length === 0) {
    throw new RethinkError('REPORT_NO_RESULTS', 'There are no results yet.', {
      hint: 'Run a benchmark first, for instance: npm run quickstart',
    });
  }
  const pages = await replaceFolder(outFolder, (draft) =>
    new SiteWriter(draft, { ...options, results }).write(),
  );
  return { index: join(resolve(outFolder), 'index.html'), pages };
}

class SiteWriter {
  private readonly truths: Truths = new Map();
  private readonly pages: PageWriter;

  constructor(
    private readonly folder: string,
    private readonly options: BuildSiteOptions,
  ) {
    const { exports = 'none', before } = options;
    const { benchmarks } = options.results;
    this.pages = new PageWriter(folder, exports, benchmarks, ({ name }) => before?.has(name) === true);
  }

  async write(): Promise<readonly string[]> {
    const { benchmarks } = this.options.results;
    const summaries: BenchmarkSummary[] = [];
    for (const benchmark of benchmarks) summaries.push(await this.benchmark(benchmark));
    const { pages } = this;
    const common = (template: string, title: string, view: object, path = `${template}.html`) =>
      pages.page({ path, template, title }, view);
    common('overview', 'Overview', overviewView(summaries), 'index.html');
    common('plugins', 'Methods compared', pluginsView(benchmarks, this.options.conformanceOf));
    common('machines', 'Machines', machinesView(benchmarks));
    common('methods', 'How it is measured', methodsView());
    await pages.exports.finish();
    cpSync(join(reportsFolder, 'assets'), join(this.folder, 'assets'), { recursive: true });
    return pages.paths;
  }

  private async benchmark(benchmark: BenchmarkResults): Promise<BenchmarkSummary> {
    const model = buildLeaderboard(benchmark, this.options.factorsOf?.(benchmark));
    const home = benchmarkFolder(benchmark.name);
    const page = (template: string, title: string, view: object) =>
      this.pages.page(
        { path: `${home}/${template}.html`, template, title: `${title} · ${benchmark.title}`, benchmark },
        { ...view, methodsHref: `${rootFrom(`${home}/index.html`)}methods.html` },
      );
    const leaderboard = await leaderboardView(model);
    this.pages.page(
      { path: `${home}/index.html`, template: 'leaderboard', title: benchmark.title, benchmark },
      { ...leaderboard, gridHref: 'grid.html', methodsHref: `${rootFrom(`${home}/index.html`)}methods.html` },
    );
    page('grid', 'Trials', gridView(model));
    const effects = await effectsView(benchmark, this.costJudge(model), ownScores(model));
    page('effects', 'Claims', effects);
    page('budget', 'Budget', await budgetView(model, this.budgetCurves(model)));
    const before = this.options.before?.get(benchmark.name);
    if (before !== undefined) {
      const changes = changesOf(before.results, benchmark);
      page('changes', 'What changed', { title: benchmark.title, ...changesView(changes, before.label) });
    }
    const comparison = await this.trials(home, model);
    page('images', 'Images', await comparison.view());
    if (this.pages.hasExports) {
      const exported = exportView(model, this.pages.exports.items, home);
      for (const { file, text } of exported.files) this.pages.write(file, text);
      page('exports', 'Files', exported.page);
    }
    return { model, leaderboard, verdicts: effects.counts };
  }

  private budgetCurves({ benchmark, factors }: LeaderboardModel): TrialCurves {
    return new TrialCurves(benchmark, pointReplicates(this.options.artifactFolder), factors);
  }

  private costJudge(model: LeaderboardModel): CostRatioTest {
    const curves = new TrialCurves(model.benchmark, pointReplicates(this.options.artifactFolder));
    return costRatioTest(model, curves, claimsOfBenchmark(model.benchmark).length);
  }

  /** @returns the page with images of two trials, which the trials' pages link to */
  private async trials(home: string, model: LeaderboardModel): Promise<ImagesPage> {
    const { benchmark } = model;
    const { artifactFolder, logFile, hiddenFolders } = this.options;
    const { truths } = this;
    const images = new ImageFiles(join(this.folder, home, 'images'));
    const logs = new StageLogs(join(this.folder, home, 'logs'), logFile, hiddenFolders);
    const curves = new TrialCurves(benchmark);
    const folder = join(this.folder, home, 'gallery');
    const comparison = await ImagesPage.open({ model, artifactFolder, truths, images, folder });
    const rowOf = new Map(model.rows.flatMap((row) => row.trials.map((trial) => [trial, row] as const)));
    for (const [index, trial] of model.trials.entries()) {
      const shown = readTrialDetections(benchmark, trial.record, artifactFolder, truths);
      comparison.add(trial, shown);
      const view = await trialView({
        benchmark,
        trial,
        artifactFolder,
        images,
        imagesHref: '../images/',
        shown,
        curves,
        control: controlOf(model, trial),
        row: rowOf.get(trial),
        neighbours: [model.trials[index - 1], model.trials[index + 1]],
        logs,
        logsHref: '../logs/',
        compareHref: comparison.linkFor(trial),
      });
      const path = `${home}/trials/${slug(trial.record.id)}.html`;
      this.pages.page({ path, template: 'trial', title: view.name, benchmark }, view);
      // Lets what is drawn in other threads hand over its result and begin with the next.
      await nextTurn();
    }
    return comparison;
  }
}

/** AP of the leaderboard's rows in percent, by init, augmentation, strategy and fraction. */
function ownScores({ rows }: LeaderboardModel): (levels: readonly string[]) => OwnScore | undefined {
  const scores = new Map(
    rows.flatMap(({ axes, scores: { AP }, uncertainty }): [string, OwnScore][] => {
      if (AP === null) return [];
      const levels = claimAxes.map((axis) => String(axes[axis]));
      const interval = uncertainty?.intervals.AP;
      const score = {
        AP: 100 * AP.mean,
        ...(interval && { interval: [100 * interval.low, 100 * interval.high] as const }),
      };
      return [[JSON.stringify(levels), score]];
    }),
  );
  return (levels) => scores.get(JSON.stringify(levels));
}
