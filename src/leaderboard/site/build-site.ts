import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RethinkError } from '../../contract';
import type { CostFactors } from '../../core/cost/cost';
import type { PluginSummary } from '../../core/plan/run-events';
import type { BenchmarkResults, ResultsSnapshot } from '../../results/database/records';
import type { Conformance } from '../model/conformance';
import { buildLeaderboard, type LeaderboardModel, rivalOf } from '../model/leaderboard';
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
import { pluginsView } from '../pages/plugins-view';
import { trialView } from '../pages/trial-view';
import { costRatioTest } from '../model/cost-ratio-claims';
import { pointReplicates } from '../model/point-replicates';
import { TrialCurves } from '../model/trial-curves';
import { readTrialDetections, type Truths } from '../model/trial-detections';
import type { CostRatioTest } from '../../statistics/claims/claims';
import { claimAxes } from '../../statistics/claims/spec';
import { claimsOfBenchmark } from '../model/effects-benchmark';
import { PaperFiles } from '../export/export-files';
import { papersView } from '../pages/export-view';
import { ImageStore } from '../images/image-files';
import { replaceFolder } from './site-folder';
import { type HiddenFolders, withShownPaths } from '../model/shown-paths';
import { StageLogs } from '../model/stage-logs';
import { benchmarkFolder, rootFrom, slug } from '../templates/site-paths';
import { loadTemplates, reportsFolder } from '../templates/templates';

export interface BuildSiteOptions {
  readonly results: ResultsSnapshot;
  /** Where the artifact of a stage key lies. */
  readonly artifactFolder: (key: string) => string;
  /** What turns a benchmark's device hours and joules into money and carbon; list prices by default. */
  readonly factorsOf?: (benchmark: BenchmarkResults) => CostFactors;
  /** Where the log of a stage key lies; without it no logs go beside the pages. */
  readonly logFile?: (key: string) => string;
  /** What the conformance suite found in a plugin; without it all are shown as not checked. */
  readonly conformanceOf?: (plugin: PluginSummary) => Conformance | undefined;
  /** Taken out of logs and reasons. */
  readonly hiddenFolders?: HiddenFolders;
  /** Of which pages tables and plots are written as files for papers: boards are all pages but those of trials; default `none`. */
  readonly papers?: 'none' | 'boards' | 'all';
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
 * Builds the pages: `index.html` is the leaderboard of the newest benchmark; each benchmark has a folder of its own
 * with its leaderboard, grid and trials, whose addresses stay. The same results give the same bytes.
 *
 * @throws RethinkError `REPORT_NO_RESULTS`, `REPORT_FOLDER_TAKEN`
 */
export async function buildSite(options: BuildSiteOptions): Promise<BuiltSite> {
  const { outFolder, hiddenFolders = {} } = options;
  const results = withShownPaths(options.results, hiddenFolders);
  if (results.benchmarks.length === 0) {
    throw new RethinkError('REPORT_NO_RESULTS', 'there are no results yet', {
      hint: 'run a benchmark first, for instance: npm run quickstart',
    });
  }
  const pages = await replaceFolder(outFolder, (draft) =>
    new SiteWriter(draft, { ...options, results }).write(),
  );
  return { index: join(resolve(outFolder), 'index.html'), pages };
}

class SiteWriter {
  private readonly render = loadTemplates();
  private readonly pages: string[] = [];
  private readonly truths: Truths = new Map();
  private readonly papers: PaperFiles;

  constructor(
    private readonly folder: string,
    private readonly options: BuildSiteOptions,
  ) {
    this.papers = new PaperFiles(folder);
  }

  async write(): Promise<string[]> {
    const { benchmarks } = this.options.results;
    for (const [index, benchmark] of benchmarks.entries()) {
      const model = buildLeaderboard(benchmark, this.options.factorsOf?.(benchmark));
      const home = benchmarkFolder(benchmark.name);
      const view = await leaderboardView(model);
      this.board(`${home}/index.html`, view, benchmark);
      if (index === 0) this.board('index.html', view, benchmark);
      this.page(`${home}/grid.html`, 'grid', `Grid · ${benchmark.title}`, benchmark, {
        ...gridView(model),
        boardHref: 'index.html',
      });
      this.page(`${home}/effects.html`, 'effects', `Effects and claims · ${benchmark.title}`, benchmark, {
        ...(await effectsView(benchmark, this.costJudge(model), ownScores(model))),
        boardHref: 'index.html',
        methodsHref: `${rootFrom(`${home}/effects.html`)}methods.html`,
      });
      this.page(`${home}/budget.html`, 'budget', `Budget · ${benchmark.title}`, benchmark, {
        ...(await budgetView(model, this.budgetCurves(model))),
        boardHref: 'index.html',
        styles: ['budget.css'],
        scripts: ['budget.js'],
      });
      this.changes(home, benchmark);
      await this.trials(home, model);
      if (this.hasPapers) this.paperPage(home, model);
    }
    const newest = benchmarks[0]!;
    this.page(
      'plugins.html',
      'plugins',
      'Plugins',
      newest,
      pluginsView(benchmarks, this.options.conformanceOf),
    );
    this.page('machines.html', 'machines', 'Machines', newest, machinesView(benchmarks));
    this.page('methods.html', 'methods', 'Methods', newest, methodsView());
    await this.papers.finish();
    mkdirSync(join(this.folder, 'assets'));
    for (const file of readdirSync(join(reportsFolder, 'assets'))) {
      copyFileSync(join(reportsFolder, 'assets', file), join(this.folder, 'assets', file));
    }
    return this.pages;
  }

  private board(path: string, view: object, benchmark: BenchmarkResults): void {
    const { benchmarks } = this.options.results;
    const root = rootFrom(path);
    const home = `${root}${benchmarkFolder(benchmark.name)}/`;
    this.page(path, 'leaderboard', benchmark.title, benchmark, {
      ...view,
      styles: ['board.css'],
      scripts: ['board.js'],
      base: home,
      gridHref: `${home}grid.html`,
      budgetHref: `${home}budget.html`,
      methodsHref: `${root}methods.html`,
      others:
        benchmarks.length < 2
          ? undefined
          : benchmarks.map((other) => ({
              title: other.title,
              href: `${root}${benchmarkFolder(other.name)}/index.html`,
              current: other === benchmark,
            })),
    });
  }

  private get hasPapers(): boolean {
    return (this.options.papers ?? 'none') !== 'none';
  }

  private paperPage(home: string, model: LeaderboardModel): void {
    const { benchmark } = model;
    const path = `${home}/papers.html`;
    const view = papersView(model, this.papers.items, { home, path });
    for (const { file, text } of view.files) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      writeFileSync(join(this.folder, file), text);
    }
    this.page(path, 'papers', `For papers · ${benchmark.title}`, benchmark, view.page);
  }

  private changes(home: string, benchmark: BenchmarkResults): void {
    const before = this.options.before?.get(benchmark.name);
    if (before === undefined) return;
    this.page(`${home}/changes.html`, 'changes', `What changed · ${benchmark.title}`, benchmark, {
      title: benchmark.title,
      ...changesView(changesOf(before.results, benchmark), before.label),
      boardHref: 'index.html',
    });
  }

  private budgetCurves({ benchmark, factors }: LeaderboardModel): TrialCurves {
    return new TrialCurves(benchmark, pointReplicates(this.options.artifactFolder), factors);
  }

  private costJudge(model: LeaderboardModel): CostRatioTest {
    const curves = new TrialCurves(model.benchmark, pointReplicates(this.options.artifactFolder));
    return costRatioTest(model, curves, claimsOfBenchmark(model.benchmark).length);
  }

  private async trials(home: string, model: LeaderboardModel): Promise<void> {
    const { benchmark } = model;
    const { artifactFolder, logFile, hiddenFolders } = this.options;
    const { truths } = this;
    const images = new ImageStore(join(this.folder, home, 'images'));
    const logs = new StageLogs(join(this.folder, home, 'logs'), logFile, hiddenFolders);
    const curves = new TrialCurves(benchmark);
    const folder = join(this.folder, home, 'gallery');
    const comparison = await ImagesPage.open({ model, artifactFolder, truths, images, folder });
    for (const trial of model.trials) {
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
        rival: rivalOf(model, trial),
        logs,
        logsHref: '../logs/',
        compareHref: comparison.linkFor(trial),
      });
      this.page(`${home}/trials/${slug(trial.record.id)}.html`, 'trial', view.name, benchmark, {
        ...view,
        benchmarkTitle: benchmark.title,
        boardHref: '../index.html',
      });
      // Lets what is drawn in other threads hand over its result and begin with the next.
      await nextTurn();
    }
    this.page(`${home}/images.html`, 'images', `Images · ${benchmark.title}`, benchmark, {
      ...(await comparison.view()),
      styles: ['images.css'],
      scripts: ['images.js'],
      boardHref: 'index.html',
    });
  }

  private page(
    path: string,
    template: string,
    pageTitle: string,
    benchmark: BenchmarkResults,
    view: object,
  ): void {
    const root = rootFrom(path);
    const home = `${root}${benchmarkFolder(benchmark.name)}/`;
    const nav = [
      { name: 'Leaderboard', href: `${home}index.html`, current: template === 'leaderboard' },
      { name: 'Budget', href: `${home}budget.html`, current: template === 'budget' },
      { name: 'Effects', href: `${home}effects.html`, current: template === 'effects' },
      { name: 'Grid', href: `${home}grid.html`, current: template === 'grid' },
      { name: 'Images', href: `${home}images.html`, current: template === 'images' },
      ...(this.options.before?.has(benchmark.name)
        ? [{ name: 'What changed', href: `${home}changes.html`, current: template === 'changes' }]
        : []),
      { name: 'Plugins', href: `${root}plugins.html`, current: template === 'plugins' },
      { name: 'Machines', href: `${root}machines.html`, current: template === 'machines' },
      { name: 'Methods', href: `${root}methods.html`, current: template === 'methods' },
      ...(this.hasPapers
        ? [{ name: 'Papers', href: `${home}papers.html`, current: template === 'papers' }]
        : []),
    ];
    const html = this.render(template)({
      ...view,
      ...(this.hasPapers && { styles: [...((view as { styles?: string[] }).styles ?? []), 'papers.css'] }),
      root,
      home: `${root}index.html`,
      nav,
      pageTitle: `${pageTitle} · Rethink Bench`,
      footer:
        'A folder of files, made by Rethink Bench from what its runs measured. It needs no server and no network.',
    });
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const { papers = 'none' } = this.options;
    const isWanted =
      template !== 'papers' && (papers === 'all' || (papers === 'boards' && template !== 'trial'));
    // The newest benchmark's leaderboard is the first page as well.
    const original = template === 'leaderboard' ? `${benchmarkFolder(benchmark.name)}/index.html` : path;
    writeFileSync(file, isWanted ? this.papers.add(html, path, original) : html);
    this.pages.push(path);
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
