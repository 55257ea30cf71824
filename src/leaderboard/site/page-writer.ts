import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BenchmarkResults } from '../../results/database/records';
import type { Chart } from '../charts/chart';
import { ExportFiles } from '../export/export-files';
import { benchmarkFolder, rootFrom } from '../templates/site-paths';
import type { Table } from '../templates/table';
import { loadTemplates } from '../templates/templates';

/** Pages whose tables and charts are written as files; `overview` is all but those of trials. */
export type ExportedPages = 'none' | 'overview' | 'all';

export interface Page {
  /** Relative to the site. */
  readonly path: string;
  readonly template: string;
  readonly title: string;
  /** Of pages that belong to one; others are pages of the site. */
  readonly benchmark?: BenchmarkResults;
}

/** Style sheets and scripts of pages, by template, beside those of all pages. */
const styles: Readonly<Record<string, readonly string[]>> = {
  leaderboard: ['leaderboard.css'],
  budget: ['budget.css'],
  effects: ['claims.css'],
  images: ['images.css'],
  trial: ['trial.css', 'images.css'],
};
const scripts: Readonly<Record<string, readonly string[]>> = {
  leaderboard: ['costing.js', 'leaderboard.js', 'points.js', 'compare.js'],
  budget: ['costing.js', 'budget.js'],
  images: ['images.js'],
};

/** Renders pages into a folder, and writes their tables and charts as files. */
export class PageWriter {
  readonly paths: string[] = [];
  readonly exports: ExportFiles;
  private readonly render = loadTemplates();

  /**
   * @param folder of the site
   * @param exported of these pages
   * @param benchmarks all of the site
   * @param hasChanges whether a benchmark has a page of what changed
   */
  constructor(
    private readonly folder: string,
    private readonly exported: ExportedPages,
    private readonly benchmarks: readonly BenchmarkResults[],
    private readonly hasChanges: (benchmark: BenchmarkResults) => boolean,
  ) {
    this.exports = new ExportFiles(folder);
  }

  get hasExports(): boolean {
    return this.exported !== 'none';
  }

  page({ path, template, title, benchmark }: Page, view: object): void {
    const root = rootFrom(path);
    const isExported = this.hasExports && (this.exported === 'all' || template !== 'trial');
    const html = this.render(template)(
      {
        ...view,
        styles: [...(styles[template] ?? []), ...(this.hasExports ? ['exports.css'] : [])],
        scripts: scripts[template],
        root,
        home: `${root}index.html`,
        nav: siteNavigation(root, template),
        section: benchmark && this.section(root, template, benchmark),
        pageTitle: `${title} · Rethink Bench`,
        footer:
          'A folder of files, built by Rethink Bench from recorded runs. It requires no server and no network.',
      },
      isExported ? (item) => this.exports.add(item as Table | Chart, path) : undefined,
    );
    this.write(path, html);
    this.paths.push(path);
  }

  /** @param path relative to the site */
  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Navigation of a benchmark's pages; the others are linked by the same page where all benchmarks have it. */
  private section(root: string, template: string, benchmark: BenchmarkResults) {
    const folderOf = ({ name }: BenchmarkResults) => `${root}${benchmarkFolder(name)}/`;
    const home = folderOf(benchmark);
    const entry = (name: string, file: string, of: string) => ({
      name,
      href: `${home}${file}.html`,
      current: template === of,
    });
    const isCommon = template !== 'trial' && template !== 'changes' && template !== 'leaderboard';
    const titles = this.benchmarks.map(({ title }) => title);
    const nameOf = ({ title, name }: BenchmarkResults) =>
      titles.filter((other) => other === title).length > 1 ? `${title} (${name})` : title;
    return {
      title: nameOf(benchmark),
      href: `${home}index.html`,
      nav: [
        entry('Leaderboard', 'index', 'leaderboard'),
        entry('Budget', 'budget', 'budget'),
        entry('Claims', 'effects', 'effects'),
        entry('Images', 'images', 'images'),
        entry('Trials', 'grid', template === 'trial' ? 'trial' : 'grid'),
        ...(this.hasExports ? [entry('Files', 'exports', 'exports')] : []),
        ...(this.hasChanges(benchmark) ? [entry('What changed', 'changes', 'changes')] : []),
      ],
      others: this.benchmarks
        .filter((other) => other !== benchmark)
        .map((other) => ({
          title: nameOf(other),
          href: `${folderOf(other)}${isCommon ? template : 'index'}.html`,
        })),
    };
  }
}

function siteNavigation(root: string, template: string) {
  const entry = (name: string, of: string, file = of) => ({
    name,
    href: `${root}${file}.html`,
    current: template === of,
  });
  return [
    entry('Overview', 'overview', 'index'),
    entry('Methods compared', 'plugins'),
    entry('Machines', 'machines'),
    entry('How it is measured', 'methods'),
  ];
}
