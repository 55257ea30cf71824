import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DatasetLocation } from '../../execution/stage-services';
import { jsonColumn, nameColumn, textColumn, timeColumn } from '../columns';

@Entity({ name: 'benchmarks' })
export class BenchmarkEntity {
  @PrimaryColumn(nameColumn) name!: string;
  @Column(textColumn) title!: string;
  @Column(textColumn) description!: string;
  @Column(textColumn) file!: string;
  @Column(jsonColumn) resolved!: unknown;
  @Column(jsonColumn) datasets!: Record<string, DatasetLocation>;
  @Column(timeColumn) updatedAt!: string;
}
