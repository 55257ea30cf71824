/** Writes the JSON Schema of benchmark files, by which editors complete and check them. A test holds it to the code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarkJsonSchema } from '../src/host/benchmark/spec';

const file = join(__dirname, '..', 'benchmarks', 'benchmark.schema.json');
writeFileSync(file, `${JSON.stringify(benchmarkJsonSchema(), null, 2)}\n`);
