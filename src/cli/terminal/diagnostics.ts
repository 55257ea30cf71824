export interface Diagnostic {
  /** What the code stands for. */
  readonly meaning: string;
  /** What to do, in the order in which to try it. Empty where all is well. */
  readonly remedies: readonly string[];
}

/** Codes of `rethink doctor`; `docs/reference/troubleshooting.md` is made from this table. */
export const diagnostics = {
  NODE_OK: { meaning: 'Node is recent enough.', remedies: [] },
  NODE_OLD: {
    meaning: 'Node is older than this software wants.',
    remedies: ['Install a current Node, and run `npm ci` again.'],
  },
  BACKEND_OK: { meaning: 'The tensor engine can be used.', remedies: [] },
  BACKEND_NO_GPU: {
    meaning: 'TensorFlow was set up for CUDA and finds no GPU; it computes on the CPU.',
    remedies: [
      'Look whether `nvidia-smi` shows the GPU; install or update the NVIDIA driver.',
      'In a container: start it with the GPU (`--gpus all`).',
      'Without a GPU: `npm run tensorflow -- --cpu`.',
    ],
  },
  TENSORFLOW_MISSING: {
    meaning: 'Native TensorFlow is not set up.',
    remedies: [
      'Run `npm run tensorflow`; it wants Python 3 with pip and a C++ compiler (Debian, Ubuntu: `apt install python3-pip g++`).',
      'Without them the pure JavaScript engine works, about a hundred times slower: `--backend cpu`.',
    ],
  },
  TENSORFLOW_BROKEN: {
    meaning:
      'Native TensorFlow was set up, but cannot be loaded: a file is gone, or it was made for another machine or Node.',
    remedies: ['Run `npm run tensorflow -- --force`.'],
  },
  WEBGPU_MISSING: {
    meaning: 'The optional packages of the WebGPU engine are not installed.',
    remedies: ['Run `npm ci --include=optional`. Nothing else wants them.'],
  },
  WEBGPU_NO_ADAPTER: {
    meaning: 'WebGPU finds no GPU.',
    remedies: [
      'Linux: install the GPU’s Vulkan driver and its loader (Debian, Ubuntu: `apt install libvulkan1 mesa-vulkan-drivers`).',
      'Elsewhere: update the GPU’s driver.',
    ],
  },
  WEBGPU_FAILED: {
    meaning: 'WebGPU, its driver or its GPU failed.',
    remedies: ['Use `--backend tensorflow`.', 'Update the driver.'],
  },
  SLOTS_OK: { meaning: 'Stages are pinned to cores of their own.', remedies: [] },
  SLOTS_UNPINNED: {
    meaning: 'Stages cannot be pinned to cores: they wander between them, and run slower.',
    remedies: ['Install util-linux, which has `taskset`.'],
  },
  WORKSPACE_OK: { meaning: 'The workspace can be written and has room.', remedies: [] },
  WORKSPACE_READ_ONLY: {
    meaning: 'The workspace can’t be written.',
    remedies: ['Choose another folder with `--workspace` or `RETHINK_WORKSPACE`, or mend its permissions.'],
  },
  DISK_LOW: {
    meaning: 'The workspace’s disk is nearly full: data sets and artifacts soon fill what is left.',
    remedies: ['Make room, or choose another folder with `--workspace`.'],
  },
} as const satisfies Readonly<Record<string, Diagnostic>>;
