/** Compiles the WebAssembly by which AP is resampled. A test holds what it writes to the source. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledKernel } from '../src/evaluation/resample-kernel.test-helper';

void compiledKernel().then((text) =>
  writeFileSync(join(__dirname, '..', 'src', 'evaluation', 'resample-kernel.ts'), text),
);
