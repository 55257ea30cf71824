import type { PlanSchedule, ScheduleChange } from '../../contract';
import { type DetectorSpec, forInference, forTraining } from '../../core/plan/detector-spec';
import { type Schedule, scheduleSpec } from '../../core/plan/schedule';
import { parseRequest } from './requests/request';
import type { TrialSetting } from './trial-setting';

/** How a trial trains and detects: its benchmark's detector and schedule, with the changes that a request asks for. */
export class Recipe {
  constructor(
    private readonly setting: Pick<TrialSetting, 'axes' | 'benchmark' | 'currentPlugin' | 'interner'>,
  ) {}

  /** What plugins are told of the schedule. */
  get schedule(): PlanSchedule {
    const { steps, batch, learningRate, warmupSteps } = this.unchanged;
    return { steps, batch, learningRate, warmupSteps, size: this.setting.benchmark.detector.size };
  }

  /** The benchmark's schedule; for a strategy, with the trial's length. */
  private get unchanged(): Schedule {
    const { axes, benchmark, currentPlugin } = this.setting;
    return currentPlugin.kind === 'strategy'
      ? lengthened(benchmark.schedule, axes.length)
      : benchmark.schedule;
  }

  /** @throws RethinkError `PLAN_REQUEST` for a schedule that is not possible */
  changed(change: ScheduleChange = {}): { detector: DetectorSpec; schedule: Schedule } {
    const { size, ...rest } = change;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    // Cells of the matrix may have different schedules.
    const required = { ...this.unchanged, ...given };
    const schedule = this.setting.interner.get(`schedule ${JSON.stringify(required)}`, () =>
      parseRequest(scheduleSpec, required, 'schedule'),
    );
    return { detector: this.forTraining(size), schedule };
  }

  forTraining(size?: number): DetectorSpec {
    return this.setting.interner.get(`detector for training ${JSON.stringify(size)}`, () => {
      const detector = forTraining(this.setting.benchmark.detector);
      return structuredClone(size === undefined ? detector : { ...detector, size });
    });
  }

  forInference(): DetectorSpec {
    return this.setting.interner.get('detector for inference', () =>
      structuredClone(forInference(this.setting.benchmark.detector)),
    );
  }
}

/** A schedule with so many times its steps and the whole of its decay; the warm-up stays as it is. */
function lengthened(schedule: Schedule, length: number): Schedule {
  if (length === 1) return schedule;
  const { steps, decay } = schedule;
  const times = (count: number) => Math.max(1, Math.round(count * length));
  return {
    ...schedule,
    steps: times(steps),
    decay: decay.type === 'step' ? { ...decay, milestones: decay.milestones.map(times) } : decay,
  };
}
