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
  readonly benchmark: BenchmarkResults;
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
  leaderboard: ['costing.js', 'leaderboard.js', 'compare.js'],
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
   * @param hasChanges whether a benchmark has a page of what changed
   */
  constructor(
    private readonly folder: string,
    private readonly exported: ExportedPages,
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
        nav: this.navigation(root, template, benchmark),
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

  private navigation(root: string, template: string, benchmark: BenchmarkResults) {
    const home = `${root}${benchmarkFolder(benchmark.name)}/`;
    const entry = (name: string, href: string, of: string) => ({ name, href, current: template === of });
    return [
      entry('Leaderboard', `${home}index.html`, 'leaderboard'),
      entry('Budget', `${home}budget.html`, 'budget'),
      entry('Effects', `${home}effects.html`, 'effects'),
      entry('Grid', `${home}grid.html`, 'grid'),
      entry('Images', `${home}images.html`, 'images'),
      ...(this.hasChanges(benchmark) ? [entry('What changed', `${home}changes.html`, 'changes')] : []),
      entry('Plugins', `${root}plugins.html`, 'plugins'),
      entry('Machines', `${root}machines.html`, 'machines'),
      entry('Methods', `${root}methods.html`, 'methods'),
      ...(this.hasExports ? [entry('Figures and tables', `${home}exports.html`, 'exports')] : []),
    ];
  }
}
