import { type DataByRole, type DataHandle, type DataRole, dataRoles, RethinkError } from '../../contract';
import type { DatasetRole, DataSelection, TrainingDataUse } from '../../core/plan/stage';
import { fractionSize } from '../../learning/dataset/select';
import { requestError } from './requests/request';
import type { PlanData, TrialSetting } from './trial-setting';

/** What a data handle stands for. */
export interface DataEntry {
  readonly selection: DataSelection;
  readonly head: Pick<TrainingDataUse['head'], 'name' | 'categories'> & {
    readonly type: 'detection' | 'classification';
  };
  /** Key of the stage that labels the images. */
  readonly pseudoStage?: string;
}

/** The data of one trial: which images each role has, and what the handles given to its plugins stand for. */
export class DataRoles {
  private readonly entries = new Map<string, DataEntry>();

  constructor(private readonly setting: Pick<TrialSetting, 'benchmark' | 'axes' | 'data' | 'interner'>) {}

  /** Handles by role; reading that of an absent role throws `DATA_ROLE_MISSING`. */
  get handles(): DataByRole {
    const handles = {
      has: (role: DataRole) =>
        this.poolIsRest(role) ? this.restSize > 0 : this.setting.data[role] !== undefined,
    };
    for (const role of dataRoles)
      Object.defineProperty(handles, role, { get: () => this.handleOf(role), enumerable: true });
    return handles as DataByRole;
  }

  /** @throws RethinkError `DATA_ROLE_MISSING` */
  handleOf(role: DataRole): DataHandle {
    if (this.poolIsRest(role)) return this.restOfLabelled();
    const { size, categories } = this.dataOf(role);
    const fraction = this.fractionOf(role);
    const type = role === 'classification' ? ('classification' as const) : ('detection' as const);
    // Unlabelled images train no head; they can only be pseudo-labelled.
    const entry = { selection: this.select(role, fraction), head: { name: role, type, categories } };
    return this.add(role, role, fractionSize(size, fraction), entry);
  }

  add(id: string, role: DataHandle['role'], size: number, entry: DataEntry): DataHandle {
    this.entries.set(id, entry);
    return { type: 'data', role, id, size };
  }

  /** @throws RethinkError `PLAN_REQUEST` for a handle that is not of this trial */
  entryOf(handle: DataHandle, argument: string): DataEntry {
    const entry = this.entries.get(handle?.id);
    if (entry !== undefined) return entry;
    throw requestError(argument, "must be data of the context or this trial's pseudo-labels");
  }

  /** @throws RethinkError `DATA_ROLE_MISSING` */
  dataOf(role: DatasetRole): PlanData {
    const data = this.setting.data[role];
    if (data !== undefined) return data;
    throw new RethinkError('DATA_ROLE_MISSING', `The benchmark has no ${role} data.`, {
      location: { path: 'dataset' },
      hint: `Add data of the role "${role}" to the benchmark file.`,
    });
  }

  /** @throws RethinkError `DATA_ROLE_MISSING` */
  select(role: DatasetRole, fraction: number): DataSelection {
    const datasetDigest = this.dataOf(role).digest;
    const { splitSeed, stratified } = this.setting.benchmark;
    return this.setting.interner.get(`selection ${role} ${fraction}`, () => ({
      role,
      datasetDigest,
      fraction,
      splitSeed,
      ...(stratified && fraction < 1 && { stratified: true as const }),
    }));
  }

  /**
   * Images that pre-training leaves, for measuring weights in their own task.
   *
   * @returns `undefined` where the role has no data, or none is held out
   */
  heldOutOf(role: DataRole): DataSelection | undefined {
    const data = this.setting.data[role];
    if (data === undefined || fractionSize(data.size, this.fractionOf(role)) === data.size) return undefined;
    return this.entryOf(this.handleOf(role), 'data').selection;
  }

  /** Share that is trained on: the trial's labelled fraction; pre-training leaves images for measuring. */
  private fractionOf(role: DataRole): number {
    if (role === 'labelled') return this.setting.axes.fraction;
    return role === 'classification' || role === 'otherDetection'
      ? 1 - this.setting.benchmark.evaluation.heldOut
      : 1;
  }

  private poolIsRest(role: DataRole): boolean {
    return role === 'unlabelled' && this.setting.benchmark.pool === 'rest';
  }

  /** Labelled images outside the trial's fraction. */
  private get restSize(): number {
    const { size } = this.dataOf('labelled');
    return size - fractionSize(size, this.setting.axes.fraction);
  }

  private restOfLabelled(): DataHandle {
    if (this.restSize === 0) {
      throw new RethinkError(
        'DATA_ROLE_MISSING',
        'The pool of unlabelled images is empty: no labelled image is left.',
        {
          location: { path: 'pool' },
          hint: 'Choose fractions below 1, or `pool: unlabelled` with data of that role.',
        },
      );
    }
    return this.add('rest', 'unlabelled', this.restSize, {
      selection: { ...this.select('labelled', this.setting.axes.fraction), rest: true },
      head: { name: 'unlabelled', type: 'detection', categories: this.dataOf('labelled').categories },
    });
  }
}
