import { BenchmarkEntity } from './benchmark.entity';
import { EnvironmentEntity } from './environment.entity';
import { MetricsEntity } from './metrics.entity';
import { PluginEntity } from './plugin.entity';
import { RunEntity } from './run.entity';
import { StageEntity } from './stage.entity';
import { TrialEntity, TrialStageEntity } from './trial.entity';

export {
  BenchmarkEntity,
  EnvironmentEntity,
  MetricsEntity,
  PluginEntity,
  RunEntity,
  StageEntity,
  TrialEntity,
  TrialStageEntity,
};

export const entities = [
  BenchmarkEntity,
  EnvironmentEntity,
  MetricsEntity,
  PluginEntity,
  RunEntity,
  StageEntity,
  TrialEntity,
  TrialStageEntity,
];
