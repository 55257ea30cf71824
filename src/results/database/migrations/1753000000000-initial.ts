import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

const key = { type: 'varchar', length: '64' } as const;
const name = { type: 'varchar', length: '200' } as const;
const time = { type: 'varchar', length: '30' } as const;
const text = { type: 'text' } as const;

const scores = [
  'ap',
  'ap50',
  'ap75',
  'ap_small',
  'ap_medium',
  'ap_large',
  'ar1',
  'ar10',
  'ar100',
  'ar_small',
  'ar_medium',
  'ar_large',
];

const ofBenchmark = {
  columnNames: ['benchmark'],
  referencedTableName: 'benchmarks',
  referencedColumnNames: ['name'],
  onDelete: 'CASCADE',
};
const ofStage = {
  columnNames: ['stageKey'],
  referencedTableName: 'stages',
  referencedColumnNames: ['key'],
};

const tables = [
  new Table({
    name: 'benchmarks',
    columns: [
      { name: 'name', ...name, isPrimary: true },
      { name: 'title', ...text },
      { name: 'description', ...text },
      { name: 'file', ...text },
      { name: 'resolved', ...text },
      { name: 'datasets', ...text },
      { name: 'updatedAt', ...time },
      { name: 'planDigest', ...key, isNullable: true },
    ],
  }),
  new Table({
    name: 'environments',
    columns: [
      { name: 'id', ...key, isPrimary: true },
      { name: 'facts', ...text },
    ],
  }),
  new Table({
    name: 'runs',
    columns: [
      { name: 'id', type: 'integer', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
      { name: 'benchmark', ...name },
      { name: 'startedAt', ...time },
      { name: 'endedAt', ...time, isNullable: true },
      { name: 'cancelled', type: 'boolean', isNullable: true },
      { name: 'command', ...text },
      { name: 'slots', type: 'integer' },
      { name: 'trials', type: 'integer' },
      { name: 'environmentId', ...key },
    ],
    foreignKeys: [
      ofBenchmark,
      {
        columnNames: ['environmentId'],
        referencedTableName: 'environments',
        referencedColumnNames: ['id'],
      },
    ],
  }),
  new Table({
    name: 'stages',
    columns: [
      { name: 'key', ...key, isPrimary: true },
      { name: 'kind', type: 'varchar', length: '40' },
      { name: 'label', ...name },
      { name: 'seed', type: 'bigint' },
      { name: 'parameters', ...text },
      { name: 'inputs', ...text },
      { name: 'status', type: 'varchar', length: '20' },
      { name: 'attempt', type: 'integer' },
      { name: 'startedAt', ...time, isNullable: true },
      { name: 'endedAt', ...time, isNullable: true },
      { name: 'ledger', ...text, isNullable: true },
      { name: 'summary', ...text, isNullable: true },
      { name: 'imageCounts', ...text, isNullable: true },
      { name: 'failure', ...text, isNullable: true },
      { name: 'environmentId', ...key, isNullable: true },
    ],
  }),
  new Table({
    name: 'trials',
    columns: [
      { name: 'id', ...key, isPrimary: true },
      { name: 'benchmark', ...name },
      { name: 'name', ...text },
      { name: 'init', ...name },
      { name: 'augmentation', ...name },
      { name: 'strategy', ...name },
      { name: 'fraction', type: 'double precision' },
      { name: 'length', type: 'double precision' },
      { name: 'seed', type: 'integer' },
      { name: 'status', type: 'varchar', length: '20' },
      { name: 'code', type: 'varchar', length: '100', isNullable: true },
      { name: 'reason', ...text, isNullable: true },
      { name: 'logFile', ...text, isNullable: true },
      { name: 'detectKey', ...key, isNullable: true },
      { name: 'evaluateKey', ...key, isNullable: true },
      { name: 'staleEvaluateKey', ...key, isNullable: true },
      { name: 'staleDetectKey', ...key, isNullable: true },
      { name: 'staleReason', ...text, isNullable: true },
      { name: 'checkpoints', ...text, isNullable: true },
      { name: 'control', ...text, isNullable: true },
      { name: 'access', ...text, isNullable: true },
    ],
    foreignKeys: [ofBenchmark],
  }),
  new Table({
    name: 'trial_stages',
    columns: [
      { name: 'trialId', ...key, isPrimary: true },
      { name: 'stageKey', ...key, isPrimary: true },
      { name: 'position', type: 'integer' },
    ],
    foreignKeys: [
      {
        columnNames: ['trialId'],
        referencedTableName: 'trials',
        referencedColumnNames: ['id'],
        onDelete: 'CASCADE',
      },
      ofStage,
    ],
  }),
  new Table({
    name: 'metrics',
    columns: [
      { name: 'stageKey', ...key, isPrimary: true },
      ...scores.map((score) => ({ name: score, type: 'double precision', isNullable: true })),
      { name: 'detail', ...text },
    ],
    foreignKeys: [ofStage],
  }),
  new Table({
    name: 'plugins',
    columns: [
      { name: 'benchmark', ...name, isPrimary: true },
      { name: 'kind', type: 'varchar', length: '20', isPrimary: true },
      { name: 'name', ...name, isPrimary: true },
      { name: 'summary', ...text },
    ],
    foreignKeys: [ofBenchmark],
  }),
];

/** The first schema. A later change is a migration of its own; this file stays as it is. */
export class Initial1753000000000 implements MigrationInterface {
  readonly name = 'Initial1753000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.createTable(table.clone());
    await runner.createIndex(
      'trials',
      new TableIndex({ name: 'trials_benchmark', columnNames: ['benchmark'] }),
    );
    await runner.createIndex(
      'trial_stages',
      new TableIndex({ name: 'trial_stages_stage', columnNames: ['stageKey'] }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...tables].reverse()) await runner.dropTable(table.name);
  }
}
