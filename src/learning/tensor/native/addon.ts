import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import * as util from 'node:util';
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { z } from 'zod';
import { RethinkError } from '../../../contract/errors';
import { packageFolder } from '../../../core/files/package-folder';

export type NativeBinding = TFJSBinding & { readonly TF_Version: string };

const currentSchema = z.object({ device: z.enum(['cpu', 'gpu']), asked: z.boolean(), variant: z.string() });
const manifestSchema = z.object({
  addon: z.string(),
  mute: z.string().optional(),
  source: z.enum(['wheel', 'package-installer']),
  device: z.enum(['cpu', 'gpu']),
  /** Whether the addon holds this project's own operations. */
  kernels: z.boolean().default(false),
  tensorflow: z.string(),
  tfjsNode: z.string(),
});

interface StandardError {
  mute(): void;
  unmute(): void;
}

export interface NativeSetUp {
  /** Absolute path of the addon (`tfjs_binding.node`). */
  readonly addon: string;
  /** Absolute path of the addon that mutes standard error, where there is one. */
  readonly mute?: string;
  readonly manifest: z.infer<typeof manifestSchema>;
  /** The set-up's recipe that made this project's own operations (`r3`), where they are there and not switched off. */
  readonly ownKernels?: string;
}

const hint = 'Run: npm run tensorflow';

/**
 * Finds what `npm run tensorflow` (or `npm ci`) has set up.
 * @throws `TENSORFLOW_MISSING` or `TENSORFLOW_BROKEN`
 */
export function findNativeSetUp(): NativeSetUp {
  const folder = nativeFolder();
  const currentFile = join(folder, 'current.json');
  if (!existsSync(currentFile)) {
    throw new RethinkError('TENSORFLOW_MISSING', 'Native TensorFlow is not set up.', {
      location: { file: folder },
      hint,
    });
  }
  const current = readSetUpFile(currentFile, currentSchema);
  const manifestFile = join(folder, current.variant, 'manifest.json');
  const manifest = readSetUpFile(manifestFile, manifestSchema);
  const addon = join(folder, current.variant, manifest.addon);
  if (!existsSync(addon)) {
    throw new RethinkError('TENSORFLOW_BROKEN', 'The TensorFlow addon is missing.', {
      location: { file: addon },
      hint,
    });
  }
  const mute = manifest.mute === undefined ? undefined : join(folder, current.variant, manifest.mute);
  // Results differ in the last digits with and without them.
  const hasKernels = manifest.kernels && process.env.RETHINK_KERNELS !== '0';
  const recipe = /-(r\d+)$/.exec(current.variant)?.[1] ?? current.variant;
  return { addon, mute, manifest, ...(hasKernels ? { ownKernels: recipe } : {}) };
}

/**
 * Loads the addon into this process. Thread counts and log level are read by TensorFlow now and never again.
 * @throws `TENSORFLOW_BROKEN` when the addon or its libraries cannot be loaded
 */
export function loadNativeBinding(setUp: NativeSetUp): NativeBinding {
  // Errors are thrown; suppress TensorFlow's info logs.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  // Without it, the first session takes nearly all memory of the GPU, and no peak can be measured.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  restoreRemovedUtilities();
  const load = createRequire(__filename);
  const standardError = setUp.mute === undefined ? undefined : (load(setUp.mute) as StandardError);
  try {
    standardError?.mute();
    return load(setUp.addon) as NativeBinding;
  } catch (cause) {
    throw new RethinkError(
      'TENSORFLOW_BROKEN',
      `The TensorFlow addon cannot be loaded: ${(cause as Error).message}`,
      {
        location: { file: setUp.addon },
        hint: 'Run: npm run tensorflow -- --force',
        cause,
      },
    );
  } finally {
    standardError?.unmute();
  }
}

function nativeFolder(): string {
  return resolve(packageFolder, process.env.RETHINK_NATIVE ?? '.native');
}

function readSetUpFile<T>(file: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new RethinkError('TENSORFLOW_BROKEN', 'The set-up of native TensorFlow is incomplete.', {
      location: { file },
      hint,
      cause,
    });
  }
}

/** Node 23 removed two functions that tfjs-node calls. */
function restoreRemovedUtilities(): void {
  const target = createRequire(__filename)('node:util') as Record<string, unknown>;
  if (typeof (util as Record<string, unknown>).isNullOrUndefined !== 'function') {
    target.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  }
  if (typeof (util as Record<string, unknown>).isArray !== 'function') target.isArray = Array.isArray;
}
