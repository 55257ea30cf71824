import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Digest of the plan that was recorded last, so that a run with nothing new in it writes nothing. */
export class PlanDigest1764201600000 implements MigrationInterface {
  readonly name = 'PlanDigest1764201600000';

  // By hand: TypeORM would copy the whole table in SQLite, where every database can add an empty column in place.
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "benchmarks" ADD COLUMN "planDigest" varchar(64)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "benchmarks" DROP COLUMN "planDigest"');
  }
}
