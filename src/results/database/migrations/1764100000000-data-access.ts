import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which images a trial's stages saw, as JSON. */
export class DataAccess1764100000000 implements MigrationInterface {
  readonly name = 'DataAccess1764100000000';

  // By hand: TypeORM would copy the whole table in SQLite, where every database can add an empty column in place.
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "trials" ADD COLUMN "access" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "trials" DROP COLUMN "access"');
  }
}
