import type { Catalog } from '../../core/catalog/catalog';
import { pluginKinds, RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import type { BenchmarkFile } from '../benchmark/read';

/**
 * Looks for every plugin of the axes by its folder, without loading it: a mistyped name is a mistake in the file, while
 * a plugin that is there but broken costs only its trials.
 *
 * @throws RethinkError `BENCHMARK_UNKNOWN_PLUGIN`
 */
export function checkPluginNames({ benchmark, place }: BenchmarkFile, catalog: Catalog): void {
  for (const kind of pluginKinds) {
    const names = catalog.names(kind);
    benchmark.axes[kind].forEach((entry, index) => {
      if (names.includes(entry.use)) return;
      throw new RethinkError('BENCHMARK_UNKNOWN_PLUGIN', `there is no ${kind} plugin "${entry.use}"`, {
        location: place(['axes', kind, index]),
        hint: suggest(entry.use, names),
      });
    });
  }
}
