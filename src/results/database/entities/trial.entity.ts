import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PlannedControl, PlannedCheckpoint } from '../../../core/plan/plan';
import { keyColumn, nameColumn, optionalJsonColumn, optionalTextColumn } from '../columns';
import type { DataAccess } from '../data-access';
import type { TrialStatus } from '../records';

/** A cell of a benchmark's matrix. */
@Entity({ name: 'trials' })
export class TrialEntity {
  /** Digest of benchmark and name. */
  @PrimaryColumn(keyColumn) id!: string;
  @Column(nameColumn) benchmark!: string;
  /** `init=…,augmentation=…,strategy=…,fraction=…,seed=…` */
  @Column({ type: 'text' }) name!: string;
  @Column(nameColumn) init!: string;
  @Column(nameColumn) augmentation!: string;
  @Column(nameColumn) strategy!: string;
  @Column({ type: 'double precision' }) fraction!: number;
  @Column({ type: 'double precision' }) length!: number;
  @Column({ type: 'integer' }) seed!: number;
  @Column({ type: 'varchar', length: 20 }) status!: TrialStatus;
  @Column({ type: 'varchar', length: 100, nullable: true }) code!: string | null;
  @Column(optionalTextColumn) reason!: string | null;
  @Column(optionalTextColumn) logFile!: string | null;
  @Column({ ...keyColumn, nullable: true }) detectKey!: string | null;
  @Column({ ...keyColumn, nullable: true }) evaluateKey!: string | null;
  /** Evaluate and detect stage of the earlier state that its result is of, and what has changed since. */
  @Column({ ...keyColumn, nullable: true }) staleEvaluateKey!: string | null;
  @Column({ ...keyColumn, nullable: true }) staleDetectKey!: string | null;
  @Column(optionalTextColumn) staleReason!: string | null;
  /** Which images its stages saw. */
  @Column(optionalJsonColumn) access!: DataAccess | null;
  /** AP along its trainings, by the newest plan. */
  @Column(optionalJsonColumn) checkpoints!: readonly PlannedCheckpoint[] | null;
  /** Of a compute-matched control. */
  @Column(optionalJsonColumn) control!: PlannedControl | null;
}

@Entity({ name: 'trial_stages' })
export class TrialStageEntity {
  @PrimaryColumn(keyColumn) trialId!: string;
  @PrimaryColumn(keyColumn) stageKey!: string;
  /** Parents before children. */
  @Column({ type: 'integer' }) position!: number;
}
