import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RecordedDataset } from '../../../core/plan/run-events';
import { jsonColumn, keyColumn, nameColumn, textColumn, timeColumn } from '../columns';

@Entity({ name: 'benchmarks' })
export class BenchmarkEntity {
  @PrimaryColumn(nameColumn) name!: string;
  @Column(textColumn) title!: string;
  @Column(textColumn) description!: string;
  @Column(textColumn) file!: string;
  @Column(jsonColumn) resolved!: unknown;
  @Column(jsonColumn) datasets!: Record<string, RecordedDataset>;
  @Column(timeColumn) updatedAt!: string;
  /** Of the plan that was recorded last; absent while its trials are not all checked. */
  @Column({ ...keyColumn, nullable: true }) planDigest!: string | null;
}
