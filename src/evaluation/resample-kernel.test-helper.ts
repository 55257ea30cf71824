import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import loadWabt from 'wabt';

/** What `resample-kernel.ts` holds if it was compiled from `resample-kernel.wat` as that is now. */
export async function compiledKernel(): Promise<string> {
  const wabt = await loadWabt();
  const source = readFileSync(join(__dirname, 'resample-kernel.wat'), 'utf8');
  const parsed = wabt.parseWat('resample-kernel.wat', source, { simd: true });
  parsed.validate();
  const bytes = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
  return `/** Compiled from \`resample-kernel.wat\` by \`npm run kernel\`, in base64. */\nexport const kernel =\n  '${bytes}';\n`;
}
