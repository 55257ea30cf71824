import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';

/** A GPU of a pretended machine. */
export interface FakeGpu {
  readonly name?: string;
  /** Profiles of its MIG devices. */
  readonly mig?: readonly string[];
}

const uuidOf = (index: number) => `GPU-${String(index).repeat(8)}-aaaa-bbbb-cccc-dddddddddddd`;
const busOf = (index: number) => `00000000:${index}A:00.0`;

/** An nvidia-smi in front of the PATH, which lists pretended GPUs. */
export class FakeNvidiaSmi {
  constructor(
    private readonly folder: string,
    gpus: readonly FakeGpu[] = [],
  ) {
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
    this.list(gpus);
  }

  static readonly uuid = uuidOf;
  static readonly bus = busOf;

  /** @param lost indices that are no longer listed */
  list(gpus: readonly FakeGpu[], lost: readonly number[] = []): void {
    const rows = gpus.map(({ name = 'NVIDIA T1000', mig }, index) =>
      lost.includes(index)
        ? `Unable to determine the device handle for GPU ${busOf(index)}: GPU is lost.  Reboot the system to recover this GPU`
        : `${index}, ${uuidOf(index)}, ${busOf(index)}, 16384, ${mig === undefined ? '[N/A]' : 'Enabled'}, ${name}`,
    );
    const tree = gpus.flatMap(({ name = 'NVIDIA T1000', mig = [] }, index) => [
      `GPU ${index}: ${name} (UUID: ${uuidOf(index)})`,
      ...mig.map((profile, at) => `  MIG ${profile}      Device  ${at}: (UUID: MIG-${index}${at}-part)`),
    ]);
    this.print(rows, tree, lost.length > 0 ? 15 : 0);
  }

  print(rows: readonly string[], tree: readonly string[] = [], code = 0): void {
    const cat = (lines: readonly string[]) => `cat <<'END'\n${lines.join('\n')}\nEND`;
    this.write(
      `case "$*" in\n*-lms*) exec sleep 60;;\n-L) ${cat(tree)}\n;;\n*) ${cat(rows)}\nexit ${code};;\nesac`,
    );
  }

  hang(): void {
    this.write('exec sleep 60');
  }

  remove(): void {
    rmSync(this.file);
  }

  private write(script: string): void {
    writeFileSync(this.file, `#!/bin/sh\n${script}\n`);
    chmodSync(this.file, 0o755);
  }

  private get file(): string {
    return join(this.folder, 'nvidia-smi');
  }
}
