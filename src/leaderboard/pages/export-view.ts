import type { LeaderboardModel } from '../model/leaderboard';
import { bibtex, citationCff, type Cited } from '../export/citation';
import { exportData, exportJsonSchema } from '../export/export-data';
import type { ExportedItem } from '../export/export-files';
import { rootFrom } from '../templates/site-paths';

/**
 * What the page “Figures and tables” shows, as text, and the files that belong to it.
 *
 * @param home folder of the benchmark's pages
 */
export function exportView(model: LeaderboardModel, items: readonly ExportedItem[], home: string) {
  const { benchmark } = model;
  const root = rootFrom(`${home}/exports.html`);
  const folder = `exports/${home}`;
  const cited: Cited = {
    name: benchmark.name,
    title: benchmark.title,
    updatedAt: benchmark.updatedAt,
    commit: commonCommit(model),
  };
  const files = [
    { file: `${folder}/results.json`, text: `${JSON.stringify(exportData(model), null, 1)}\n` },
    { file: 'exports/results.schema.json', text: `${JSON.stringify(exportJsonSchema(), null, 2)}\n` },
    { file: `${folder}/citation.bib`, text: bibtex(cited) },
    { file: `${folder}/CITATION.cff`, text: citationCff(cited) },
  ];
  return {
    files,
    page: {
      title: benchmark.title,
      dataHref: `${root}${folder}/results.json`,
      schemaHref: `${root}exports/results.schema.json`,
      bibtex: bibtex(cited),
      bibtexHref: `${root}${folder}/citation.bib`,
      cffHref: `${root}${folder}/CITATION.cff`,
      items: items
        .filter(({ page }) => page.startsWith(`${home}/`))
        .map(({ kind, title, page, files: written }) => ({
          kind,
          title,
          page: nameOfPage(page.slice(home.length + 1)),
          pageHref: `${root}${page}`,
          files: written.map(({ format, path: file }) => ({ format, href: `${root}${file}` })),
        })),
    },
  };
}

/** As the navigation calls it; for a trial its file. */
function nameOfPage(file: string): string {
  const name = file.replace(/\.html$/, '');
  if (name === 'index') return 'Leaderboard';
  return name.includes('/') ? name : name.charAt(0).toUpperCase() + name.slice(1);
}

/** The commit that all stages ran with, where it is one and nothing was changed beside it. */
function commonCommit({ benchmark: { stages, environments } }: LeaderboardModel): string | undefined {
  const facts = [...new Set(stages.flatMap(({ environmentId }) => environmentId ?? []))].map(
    (id) => environments[id],
  );
  const commits = new Set(facts.map((fact) => (fact?.dirty === true ? undefined : fact?.commit)));
  return commits.size === 1 ? [...commits][0] : undefined;
}
