export * from './benchmark.entity';
export * from './environment.entity';
export * from './metrics.entity';
export * from './plugin.entity';
export * from './run.entity';
export * from './stage.entity';
export * from './trial.entity';
