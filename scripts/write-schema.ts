/** Writes the JSON Schema of benchmark files for editors; a test checks that it is up to date. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarkJsonSchema } from '../src/host/benchmark/spec';

const file = join(__dirname, '..', 'benchmarks', 'benchmark.schema.json');
writeFileSync(file, `${JSON.stringify(benchmarkJsonSchema(), null, 2)}\n`);
