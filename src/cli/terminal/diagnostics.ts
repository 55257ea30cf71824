/** Result of one check of `rethink doctor`. `missing`: a run needs it, so the check fails. `note`: worth knowing. */
export interface Finding {
  /** Of `diagnostics`. */
  readonly code: string;
  readonly status: 'ok' | 'note' | 'missing';
  readonly subject: string;
  readonly message: string;
  readonly hint?: string;
}

export interface Diagnostic {
  /** Meaning of the code. */
  readonly meaning: string;
  /** Fixes in the order to try them; empty if nothing is wrong. */
  readonly remedies: readonly string[];
}

/** Codes of `rethink doctor`; `docs/reference/troubleshooting.md` is generated from this table. */
export const diagnostics = {
  NODE_OK: { meaning: 'Node is recent enough.', remedies: [] },
  NODE_OLD: {
    meaning: 'Node is older than required.',
    remedies: ['Install a current Node, and run `npm ci` again.'],
  },
  BACKEND_OK: { meaning: 'The tensor engine can be used.', remedies: [] },
  BACKEND_NO_GPU: {
    meaning: 'TensorFlow is set up for CUDA but finds no GPU; it computes on the CPU.',
    remedies: [
      'Check that `nvidia-smi` lists the GPU; install or update the NVIDIA driver.',
      'In a container: give it the GPU (`--gpus all`).',
      'Without a GPU: `npm run tensorflow -- --cpu`.',
    ],
  },
  TENSORFLOW_MISSING: {
    meaning: 'Native TensorFlow is not set up.',
    remedies: [
      'Run `npm run tensorflow`; it requires Python 3 with pip and a C++ compiler (Debian, Ubuntu: `apt install python3-pip g++`).',
      'Without them, use the pure JavaScript engine, about a hundred times slower: `--backend cpu`.',
    ],
  },
  TENSORFLOW_BROKEN: {
    meaning:
      'Native TensorFlow is set up but cannot be loaded: a file is missing, or it was built for another machine or Node version.',
    remedies: ['Run `npm run tensorflow -- --force`.'],
  },
  WEBGPU_MISSING: {
    meaning: 'The optional packages of the WebGPU engine are not installed.',
    remedies: ['Run `npm ci --include=optional`. Nothing else requires them.'],
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
  GPU_OK: { meaning: 'The GPUs that stages compute on.', remedies: [] },
  GPU_CPU_BUILD: {
    meaning: 'The machine has GPUs, but the installed TensorFlow is for the CPU.',
    remedies: [
      'Run `npm run tensorflow -- --gpu`.',
      'To compute on the CPU: `--gpus none` or `RETHINK_GPUS=none`.',
    ],
  },
  GPU_UNUSABLE: {
    meaning: 'The machine has GPUs that TensorFlow for GPUs cannot use.',
    remedies: ['Install or update the NVIDIA driver.', 'To compute on the CPU: `--gpus none`.'],
  },
  GPU_DRIVER: {
    meaning: '`nvidia-smi` is installed but fails, so that no GPU is used.',
    remedies: ['Run `nvidia-smi`, and repair the driver.', 'To compute on the CPU: `--gpus none`.'],
  },
  GPUS_UNAVAILABLE: {
    meaning: 'The GPUs that `--gpus`, `RETHINK_GPUS` or the configuration names cannot be used.',
    remedies: ['Name others, or omit the setting: `doctor` then lists those that can be used.'],
  },
  SLOTS_OK: { meaning: 'Each stage is pinned to its own cores.', remedies: [] },
  SLOTS_UNPINNED: {
    meaning: 'Stages cannot be pinned to cores: they move between cores and run slower.',
    remedies: ['Install util-linux, which provides `taskset`.'],
  },
  WORKSPACE_OK: { meaning: 'The workspace is writable and has free space.', remedies: [] },
  WORKSPACE_READ_ONLY: {
    meaning: 'The workspace is not writable.',
    remedies: ['Choose another folder with `--workspace` or `RETHINK_WORKSPACE`, or fix its permissions.'],
  },
  DISK_LOW: {
    meaning: 'The disk of the workspace is nearly full; data sets and artifacts soon fill the rest.',
    remedies: ['Free some space, or choose another folder with `--workspace`.'],
  },
  SLURM_OK: { meaning: 'A job ran on a node of the cluster, which sees the workspace.', remedies: [] },
  SLURM_MISSING: {
    meaning: 'The configuration selects SLURM, but its commands are not installed on this machine.',
    remedies: ['Run on a login node of the cluster.', 'Select this machine: `--executor local`.'],
  },
  SLURM_AWAY: {
    meaning: 'The controller of the cluster does not answer.',
    remedies: ['Try again later; `sinfo` shows whether it is back.'],
  },
  SLURM_REFUSED: {
    meaning: 'SLURM refuses the jobs that the configuration describes.',
    remedies: ['Correct partition, account and resources under `slurm:` in `rethink.config.yaml`.'],
  },
  SLURM_NODE: {
    meaning:
      'A node cannot run stages: it lacks the workspace, the project or Node.js, or the setup commands fail.',
    remedies: [
      'Keep workspace and project on a file system that all nodes share.',
      'Load Node.js by `setup` under `slurm:`.',
      'Exclude a single broken node by `options: [--exclude=NODE]`.',
    ],
  },
  SLURM_BUSY: {
    meaning: 'No node was free for the test job within a minute.',
    remedies: ['None is required: jobs wait in the queue.'],
  },
} as const satisfies Readonly<Record<string, Diagnostic>>;
