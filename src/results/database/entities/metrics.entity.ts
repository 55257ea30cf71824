import { Column, type ColumnOptions, Entity, PrimaryColumn } from 'typeorm';
import type { Metrics } from '../../../evaluation';
import { jsonColumn, keyColumn } from '../columns';

/** In [0, 1]; null where no truth falls into the slice. */
const score: ColumnOptions = { type: 'double precision', nullable: true };

/** Scores of an evaluate stage. */
@Entity({ name: 'metrics' })
export class MetricsEntity {
  @PrimaryColumn(keyColumn) stageKey!: string;
  @Column({ ...score, name: 'ap' }) AP!: number | null;
  @Column({ ...score, name: 'ap50' }) AP50!: number | null;
  @Column({ ...score, name: 'ap75' }) AP75!: number | null;
  @Column({ ...score, name: 'ap_small' }) APs!: number | null;
  @Column({ ...score, name: 'ap_medium' }) APm!: number | null;
  @Column({ ...score, name: 'ap_large' }) APl!: number | null;
  @Column({ ...score, name: 'ar1' }) AR1!: number | null;
  @Column({ ...score, name: 'ar10' }) AR10!: number | null;
  @Column({ ...score, name: 'ar100' }) AR100!: number | null;
  @Column({ ...score, name: 'ar_small' }) ARs!: number | null;
  @Column({ ...score, name: 'ar_medium' }) ARm!: number | null;
  @Column({ ...score, name: 'ar_large' }) ARl!: number | null;
  /** All that the evaluate stage left, the columns above included. */
  @Column({ ...jsonColumn, name: 'detail' }) metrics!: Metrics;
}
