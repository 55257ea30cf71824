import { join } from 'node:path';
import { stageKeyPattern } from './manifest';

/** `<root>/<first 2 of key>/<key>`. @throws TypeError for anything but a stage key */
function keyedFolder(root: string, key: string): string {
  return join(root, checked(key).slice(0, 2), key);
}

function checked(digest: string): string {
  if (!stageKeyPattern.test(digest)) throw new TypeError(`Not a SHA-256: ${JSON.stringify(digest)}.`);
  return digest;
}

/** The layout of a workspace; no other code knows it. */
export class Workspace {
  /** The results database, unless another one is configured. */
  readonly database: string;
  readonly backups: string;
  /** Generated scenes, fetched images and checksums of images. */
  readonly datasets: string;
  readonly artifacts: string;
  /** Artifacts in the making: on the same file system as the finished ones, even where that is a mount. */
  readonly drafts: string;
  /** Artifacts that were found incomplete or altered. */
  readonly quarantine: string;
  readonly logs: string;
  readonly resumePoints: string;
  readonly failures: string;
  /** Folders through which the host and the jobs of a batch system communicate. */
  readonly jobs: string;
  readonly conformance: string;
  readonly forecasts: string;
  readonly calibration: string;
  /** A workspace for the stages that calibrate the machine. */
  readonly calibrationRun: string;
  /** A workspace for `plugin try`, whose trials never reach the leaderboard. */
  readonly tryRun: string;
  readonly lock: {
    readonly folder: string;
    readonly file: string;
    readonly owner: string;
    readonly children: string;
  };
  readonly imported: { readonly stages: string; readonly drafts: string };

  constructor(readonly folder: string) {
    const at = (...names: string[]): string => join(folder, ...names);
    this.database = at('results.sqlite');
    this.backups = at('backups');
    this.datasets = at('datasets');
    this.artifacts = at('artifacts');
    this.drafts = at('artifacts', '.drafts');
    this.quarantine = at('quarantine');
    this.logs = at('logs');
    this.resumePoints = at('resume');
    this.failures = at('failures');
    this.jobs = at('jobs');
    this.conformance = at('conformance');
    this.forecasts = at('forecasts');
    this.calibration = at('calibration.json');
    this.calibrationRun = at('calibration');
    this.tryRun = at('try');
    this.lock = {
      folder: at('run'),
      file: at('run', 'lock.sqlite'),
      owner: at('run', 'owner.json'),
      children: at('run', 'children'),
    };
    this.imported = { stages: at('imported', 'stages'), drafts: at('imported', '.drafts') };
  }

  artifact(key: string): string {
    return keyedFolder(this.artifacts, key);
  }

  log(key: string): string {
    return join(this.logs, `${key}.log`);
  }

  /** Output of a stage's job outside the stage's own process. */
  jobLog(key: string): string {
    return join(this.logs, `${checked(key)}.job.log`);
  }

  job(key: string): string {
    return join(this.jobs, checked(key));
  }

  resumePoint(key: string): string {
    return join(this.resumePoints, key);
  }

  failure(key: string): string {
    return join(this.failures, `${key}.json`);
  }

  /** The last report of `plugin check` on code of this digest. */
  conformanceReport(codeDigest: string): string {
    return join(this.conformance, `${codeDigest}.json`);
  }

  forecast(benchmark: string): string {
    return join(this.forecasts, `${benchmark}.json`);
  }

  /** A workspace in which trials of a bundle are run again, by the bundle's SHA-256. */
  verification(sha256: string): string {
    return join(this.folder, 'verify', sha256.slice(0, 16));
  }

  /** A stage's files of a bundle. */
  importedStage(key: string): string {
    return keyedFolder(this.imported.stages, key);
  }

  /** Imported annotations, by the data set's digest. */
  importedTruth(digest: string): string {
    return join(this.folder, 'imported', 'truth', `${checked(digest)}.json`);
  }

  /** Location of the images of imported results; no bundle contains them. */
  importedImages(digest: string): string {
    return join(this.folder, 'imported', 'images', digest);
  }

  /** The record of an imported bundle, by its SHA-256. */
  importedBundle(sha256: string): string {
    return join(this.folder, 'imported', 'bundles', `${sha256}.json`);
  }
}
