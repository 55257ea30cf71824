import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StageKind } from '../../../core/plan/stage';
import type { Ledger } from '../../../core/plan/ledger';
import { jsonColumn, keyColumn, nameColumn, optionalJsonColumn, timeColumn } from '../columns';
import type { RecordedFailure } from '../../../core/plan/failure';
import type { StageStatus } from '../records';

@Entity({ name: 'stages' })
export class StageEntity {
  @PrimaryColumn(keyColumn) key!: string;
  @Column({ type: 'varchar', length: 40 }) kind!: StageKind;
  @Column(nameColumn) label!: string;
  @Column({ type: 'bigint', transformer: { to: (value: number) => value, from: Number } }) seed!: number;
  @Column(jsonColumn) parameters!: unknown;
  @Column(jsonColumn) inputs!: Record<string, string>;
  @Column({ type: 'varchar', length: 20 }) status!: StageStatus;
  @Column({ type: 'integer' }) attempt!: number;
  @Column({ ...timeColumn, nullable: true }) startedAt!: string | null;
  @Column({ ...timeColumn, nullable: true }) endedAt!: string | null;
  @Column(optionalJsonColumn) ledger!: Ledger | null;
  @Column(optionalJsonColumn) summary!: Record<string, number | string> | null;
  @Column(optionalJsonColumn) imageCounts!: Record<string, number> | null;
  @Column(optionalJsonColumn) failure!: RecordedFailure | null;
  @Column({ ...keyColumn, nullable: true }) environmentId!: string | null;
}
