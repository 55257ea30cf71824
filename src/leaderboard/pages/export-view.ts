import type { LeaderboardModel } from '../model/leaderboard';
import { bibtex, citationCff, type Cited } from '../export/citation';
import { paperData, paperJsonSchema } from '../export/export-data';
import type { PaperItem } from '../export/export-files';
import { rootFrom } from '../templates/site-paths';

/** What the page “For papers” shows, as text, and the files that belong to it. */
export function papersView(
  model: LeaderboardModel,
  items: readonly PaperItem[],
  { home, path }: { readonly home: string; readonly path: string },
) {
  const { benchmark } = model;
  const root = rootFrom(path);
  const folder = `papers/${home}`;
  const cited: Cited = {
    name: benchmark.name,
    title: benchmark.title,
    updatedAt: benchmark.updatedAt,
    commit: commonCommit(model),
  };
  const files = [
    { file: `${folder}/results.json`, text: `${JSON.stringify(paperData(model), null, 1)}\n` },
    { file: 'papers/results.schema.json', text: `${JSON.stringify(paperJsonSchema(), null, 2)}\n` },
    { file: `${folder}/citation.bib`, text: bibtex(cited) },
    { file: `${folder}/CITATION.cff`, text: citationCff(cited) },
  ];
  return {
    files,
    page: {
      title: benchmark.title,
      boardHref: 'index.html',
      dataHref: `${root}${folder}/results.json`,
      schemaHref: `${root}papers/results.schema.json`,
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

/** As the navigation calls it; of a trial its file. */
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
