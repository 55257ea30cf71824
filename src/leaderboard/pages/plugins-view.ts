import { pluginKinds } from '../../contract';
import type { BenchmarkResults } from '../../results/database/records';
import type { PluginSummary } from '../../core/plan/plugin-summary';
import type { Conformance } from '../model/conformance';
import { formatTime, noValue } from '../../core/text/units';
import { table } from '../templates/table';
import { benchmarkFolder, slug } from '../templates/site-paths';

const kindTitles = { init: 'Init', augmentation: 'Augmentation', strategy: 'Strategy' } as const;
const kindQuestions = {
  init: 'Where do the backbone’s weights come from?',
  augmentation: 'How are training images changed?',
  strategy: 'What is trained, on which data, in which order?',
} as const;

/** Links of trials that a plugin's article has room for; the grid has all. */
const mostTrials = 40;

interface Use {
  readonly benchmark: BenchmarkResults;
  readonly trials: string[];
}

/**
 * Plugins of all benchmarks, each as the newest run found it.
 *
 * @param conformanceOf what the conformance suite found in a plugin's code, where it has been run
 */
export function pluginsView(
  benchmarks: readonly BenchmarkResults[],
  conformanceOf: (plugin: PluginSummary) => Conformance | undefined = () => undefined,
) {
  const found = new Map<string, PluginSummary>();
  const uses = new Map<string, Use[]>();
  for (const benchmark of benchmarks) {
    for (const plugin of benchmark.plugins) {
      const id = `${plugin.kind}/${plugin.name}`;
      if (!found.has(id)) found.set(id, plugin);
    }
    const here = new Map<string, Use>();
    // A control has a strategy of the host's, and no plugin of that name.
    for (const { axes, id: trial, control } of benchmark.trials) {
      for (const kind of pluginKinds) {
        if (control !== undefined && kind === 'strategy') continue;
        const id = `${kind}/${pluginOf(benchmark.resolved, kind, axes[kind])}`;
        const use = here.get(id) ?? { benchmark, trials: [] };
        use.trials.push(trial);
        here.set(id, use);
      }
    }
    for (const [id, use] of here) uses.set(id, [...(uses.get(id) ?? []), use]);
  }
  return {
    kinds: pluginKinds
      .map((kind) => ({
        title: kindTitles[kind],
        question: kindQuestions[kind],
        plugins: [...found.values()]
          .filter((plugin) => plugin.kind === kind)
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .map((plugin) => ({
            ...plugin,
            isBroken: plugin.status === 'broken',
            authors: plugin.authors?.join(', '),
            // Only an address of the web becomes a link: a plugin may write anything here.
            link: /^https?:\/\//.test(plugin.source ?? '') ? plugin.source : undefined,
            ...usesView(uses.get(`${kind}/${plugin.name}`) ?? []),
            conformance: conformanceView(conformanceOf(plugin)),
            options: optionsTable(plugin),
          })),
      }))
      .filter(({ plugins }) => plugins.length > 0),
  };
}

function optionsTable({ kind, name, options = [] }: PluginSummary) {
  if (options.length === 0) return undefined;
  return table({
    title: `Options of ${kind} ${name}`,
    rows: options,
    columns: [
      { name: 'Option', isHeader: true, cell: (option) => ({ text: option.name, isCode: true }) },
      { name: 'Type', cell: ({ type }) => type },
      {
        name: 'Default',
        cell: ({ default: value }) => ({
          text: value === undefined ? noValue : JSON.stringify(value),
          isCode: true,
        }),
      },
      { name: 'Meaning', cell: ({ description }) => description ?? '' },
    ],
  });
}

function usesView(uses: readonly Use[]) {
  const total = uses.reduce((sum, { trials }) => sum + trials.length, 0);
  return {
    trialCount: total,
    trialWord: total === 1 ? 'trial' : 'trials',
    uses: uses.map(({ benchmark, trials }) => {
      const home = benchmarkFolder(benchmark.name);
      return {
        title: benchmark.title,
        gridHref: `${home}/grid.html`,
        trials: trials.slice(0, mostTrials).map((id) => ({ id, href: `${home}/trials/${slug(id)}.html` })),
        more: trials.length > mostTrials ? trials.length - mostTrials : undefined,
      };
    }),
  };
}

function conformanceView(conformance: Conformance | undefined) {
  if (conformance === undefined) return undefined;
  const { passed, checkedAt, checks } = conformance;
  const findings = checks.flatMap((check) => check.findings);
  const count = checks.filter(({ status }) => status === 'passed').length;
  const skipped = checks.filter(({ status }) => status === 'skipped').length;
  return {
    passed,
    sign: passed ? '✓' : '✕',
    text: passed ? 'conforms' : 'does not conform',
    summary: `${count} of ${checks.length} checks passed${skipped === 0 ? '' : `, ${skipped} not applicable`}`,
    when: checkedAt === undefined ? undefined : formatTime(checkedAt),
    findings,
  };
}

/** An axis entry may have a name of its own; the plugin's is in the benchmark file. */
function pluginOf(resolved: unknown, kind: string, name: string): string {
  const list = (resolved as { axes?: Record<string, unknown> } | null)?.axes?.[kind];
  if (!Array.isArray(list)) return name;
  const entry = list.find((item: unknown) => (item as { name?: unknown } | null)?.name === name) as
    { use?: unknown } | undefined;
  return typeof entry?.use === 'string' ? entry.use : name;
}
