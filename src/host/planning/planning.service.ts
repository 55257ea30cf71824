import { dirname } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Catalog } from '../../core/catalog/catalog';
import type { PluginDescription } from '../../core/catalog/describe';
import { pluginRootsOf } from '../../core/catalog/plugin-source';
import { type Logger, RethinkError } from '../../contract';
import { type PreparedDataset, type PreparedDatasets, prepareDatasets } from '../../learning/dataset/prepare';
import type { Replan } from './replan';
import type { DatasetLocations } from '../../core/plan/stage-job';
import { digestOf } from '../../core/json/canonical-json';
import { checkPluginNames } from './check-plugins';
import { checkPrecision, engineIdentity } from './engine';
import type { Gpu } from '../../core/plan/gpu';
import type { Plan } from '../../core/plan/plan';
import { planInChild } from './plan-in-child';
import { type BenchmarkFile, readBenchmark } from '../benchmark/read';
import { parseSelection } from '../benchmark/selectors';
import type { EngineIdentity } from './stage-key';
import type { PlanDataByRole } from './trial-setting';

export interface PlanBenchmarkRequest {
  readonly file: string;
  /** `--only` arguments. */
  readonly only: readonly string[];
  readonly seeds?: number;
  readonly workspace: string;
  readonly backend: EngineIdentity['backend'];
  /** GPUs that stages compute on; none by default. */
  readonly gpus?: readonly Gpu[];
  /** Folders with `<kind>/<name>/index.ts`; those of the benchmark file are appended. */
  readonly pluginRoots: readonly string[];
  readonly logger: Logger;
  /** Whether to plan absent data with the numbers that the file declares; such a plan cannot run. */
  readonly acceptDeclared?: boolean;
  /** Whether to describe all plugins as well, for the record of a run. */
  readonly describePlugins?: boolean;
  /** Called once while plugins plan in another process: work to do meanwhile. */
  readonly meanwhile?: () => void;
  /** Called while data sets are generated or read. */
  readonly progress?: (what: string, done: number, total: number) => void;
}

/** A plan with all that is needed to run it. */
export interface PlannedBenchmark {
  readonly plan: Plan;
  readonly datasets: DatasetLocations;
  readonly prepared: PreparedDatasets;
  readonly engine: EngineIdentity;
  readonly gpus: readonly Gpu[];
  /** `<kind>/<name>` → entry file. */
  readonly pluginEntries: Readonly<Record<string, string>>;
  readonly pluginRoots: readonly string[];
  /** All plugins, the broken ones with their reason; if requested. */
  readonly plugins?: readonly PluginDescription[];
  /** What a stage process needs to plan a trial again, by the trial's id. */
  readonly replan: (trial: string) => Replan;
}

/** From a benchmark file to its plan: prepares data, checks plugins, plans trials. */
@Injectable()
export class PlanningService {
  async plan(request: PlanBenchmarkRequest): Promise<PlannedBenchmark> {
    const file = readBenchmark(request.file, request.seeds);
    // A mistake in the selectors should not wait for the data.
    parseSelection(request.only);
    const pluginRoots = [...request.pluginRoots, ...rootsOfFile(file)];
    const catalog = new Catalog(pluginRoots);
    checkPluginNames(file, catalog);
    const { backend, gpus = [] } = request;
    const engine = engineIdentity(backend, gpus.length > 0);
    checkPrecision(file, backend, gpus.length > 0);
    const prepared = await this.prepare(file, request);
    const data = planData(prepared);
    const { plan, plugins } = await this.planAt(file, { ...request, data, engine, roots: pluginRoots });
    return {
      plan,
      datasets: locationsOf(prepared),
      prepared,
      engine,
      gpus,
      pluginEntries: catalog.entryFiles,
      pluginRoots,
      plugins,
      replan: (trial) => ({
        file: file.file,
        seeds: request.seeds,
        trial,
        data: { ...data },
        engine,
        roots: [...pluginRoots],
        checkpoints: plan.checkpointIdentities,
      }),
    };
  }

  private async prepare(file: BenchmarkFile, request: PlanBenchmarkRequest): Promise<PreparedDatasets> {
    try {
      return await prepareDatasets(file.benchmark.dataset, request.workspace, {
        baseFolder: dirname(file.file),
        progress: request.progress,
      });
    } catch (error) {
      const declared = request.acceptDeclared === true ? declaredData(error, file) : undefined;
      if (declared === undefined) throw withLocation(error, file);
      const { message } = error as RethinkError;
      request.logger.warn(
        `${message.replace(/\.$/, '')}: planned with the numbers of images that the file declares.`,
      );
      return declared;
    }
  }

  private async planAt(
    file: BenchmarkFile,
    request: PlanBenchmarkRequest & {
      data: PlanDataByRole;
      engine: EngineIdentity;
      roots: readonly string[];
    },
  ): ReturnType<typeof planInChild> {
    const { only, seeds, data, engine, roots, describePlugins: describe, logger } = request;
    try {
      const planning = planInChild(
        { file: file.file, files: file.files, only, seeds, data, engine, roots, describe },
        logger,
      );
      request.meanwhile?.();
      return await planning;
    } catch (error) {
      throw withLocation(error, file);
    }
  }
}

function rootsOfFile(file: BenchmarkFile): string[] {
  return file.benchmark.plugins.flatMap((entry, index) => {
    try {
      return pluginRootsOf(entry, dirname(file.file));
    } catch (error) {
      if (!(error instanceof RethinkError)) throw error;
      const { code, message, hint, location } = error;
      throw new RethinkError(code, message, { hint, location: location ?? file.locate(['plugins', index]) });
    }
  });
}

/** Data as a file declares them, if the error is that they are absent. */
function declaredData(error: unknown, { benchmark }: BenchmarkFile): PreparedDatasets | undefined {
  const isAbsent =
    error instanceof RethinkError && (error.code === 'PATH_VARIABLE' || error.code === 'PATH_MISSING');
  const { declared, coco } = benchmark.dataset;
  if (!isAbsent || declared === undefined) return undefined;
  const entries = Object.entries(declared).map(
    ([role, { images, categories }]): [string, PreparedDataset] => {
      const isOfCoco = role === 'labelled' || role === 'validation' || role === 'unlabelled';
      const count = (isOfCoco ? coco?.categories?.length : undefined) ?? categories;
      const digest = digestOf({ declared: role, images, categories: count });
      return [
        role,
        {
          location: { type: 'coco', images: '', digest },
          size: images,
          categories: Array.from({ length: count }, (_, i) => ({
            id: i + 1,
            name: `category ${i + 1}`,
          })),
          digest,
          warnings: [],
          copies: {},
        },
      ];
    },
  );
  return Object.fromEntries(entries) as unknown as PreparedDatasets;
}

/** Adds file and line to an error that names the path of a setting. */
function withLocation(error: unknown, file: BenchmarkFile): unknown {
  if (!(error instanceof RethinkError) || error.location?.path === undefined) return error;
  if (error.location.file !== undefined) return error;
  const path = error.location.path
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return new RethinkError(error.code, error.message, {
    location: file.locate(path),
    hint: error.hint,
    cause: error,
  });
}

/** What planning must know about prepared data, by role. */
export function planData(prepared: PreparedDatasets): PlanDataByRole {
  return Object.fromEntries(
    Object.entries(prepared).map(([role, { digest, size, categories, truth }]) => [
      role,
      { digest, size, categories: categories.length, ...(truth !== undefined && { truth: truth.digest }) },
    ]),
  );
}

export function locationsOf(prepared: PreparedDatasets): DatasetLocations {
  return Object.fromEntries(Object.entries(prepared).map(([role, { location }]) => [role, location]));
}
