import { pluginKinds } from '../../contract';
import type { BenchmarkResults } from '../../results/records';
import type { PluginSummary } from '../../execution/events';

const kindTitles = { init: 'Init', augmentation: 'Augmentation', strategy: 'Strategy' } as const;
const kindQuestions = {
  init: 'Where do the backbone’s weights come from?',
  augmentation: 'How are training pictures changed?',
  strategy: 'What is trained, on which data, in which order?',
} as const;

/** Plugins of all benchmarks, each as the newest run found it. */
export function pluginsView(benchmarks: readonly BenchmarkResults[]) {
  const found = new Map<string, PluginSummary>();
  const trials = new Map<string, number>();
  for (const benchmark of benchmarks) {
    for (const plugin of benchmark.plugins) {
      const id = `${plugin.kind}/${plugin.name}`;
      if (!found.has(id)) found.set(id, plugin);
    }
    for (const { axes } of benchmark.trials) {
      for (const kind of pluginKinds) {
        const id = `${kind}/${pluginOf(benchmark.resolved, kind, axes[kind])}`;
        trials.set(id, (trials.get(id) ?? 0) + 1);
      }
    }
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
            trials: trials.get(`${kind}/${plugin.name}`) ?? 0,
            options: plugin.options?.map((option) => ({
              ...option,
              default: option.default === undefined ? '–' : JSON.stringify(option.default),
            })),
          })),
      }))
      .filter(({ plugins }) => plugins.length > 0),
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
