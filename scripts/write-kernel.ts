/** Compiles the WebAssembly that resamples AP; a test checks that its output is up to date. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledKernel } from '../src/evaluation/resample-kernel.test-helper';

void compiledKernel().then((text) =>
  writeFileSync(join(__dirname, '..', 'src', 'evaluation', 'resample-kernel.ts'), text),
);
