import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RunEnvironment } from '../../../core/plan/outcome-schema';
import { jsonColumn, keyColumn } from '../columns';

/** A machine with its software, under the digest of what is known of it. */
@Entity({ name: 'environments' })
export class EnvironmentEntity {
  @PrimaryColumn(keyColumn) id!: string;
  @Column(jsonColumn) facts!: RunEnvironment;
}
