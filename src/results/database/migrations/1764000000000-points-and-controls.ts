import type { MigrationInterface, QueryRunner } from 'typeorm';

/** AP along a trial's trainings, and what a control is the control of: both JSON. */
export class PointsAndControls1764000000000 implements MigrationInterface {
  readonly name = 'PointsAndControls1764000000000';

  // By hand: TypeORM would copy the whole table in SQLite, where every database can add an empty column in place.
  async up(runner: QueryRunner): Promise<void> {
    for (const column of ['points', 'control']) {
      await runner.query(`ALTER TABLE "trials" ADD COLUMN "${column}" text`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of ['points', 'control']) {
      await runner.query(`ALTER TABLE "trials" DROP COLUMN "${column}"`);
    }
  }
}
