import type { Catalog } from '../../core/catalog/catalog';
import { pluginKinds, RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import type { BenchmarkFile } from '../benchmark/read';

/**
 * Checks that every plugin of the axes has a folder, without loading it: a mistyped name is a mistake in the file, while
 * a broken plugin only skips its trials.
 *
 * @throws RethinkError `BENCHMARK_UNKNOWN_PLUGIN`
 */
export function checkPluginNames({ benchmark, locate }: BenchmarkFile, catalog: Catalog): void {
  for (const kind of pluginKinds) {
    const names = catalog.names(kind);
    benchmark.axes[kind].forEach((entry, index) => {
      if (names.includes(entry.use)) return;
      throw new RethinkError('BENCHMARK_UNKNOWN_PLUGIN', `There is no ${kind} plugin "${entry.use}".`, {
        location: locate(['axes', kind, index]),
        hint: suggest(entry.use, names),
      });
    });
  }
}
