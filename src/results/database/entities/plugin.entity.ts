import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PluginSummary } from '../../../core/plan/plugin-summary';
import { jsonColumn, nameColumn } from '../columns';

/** A plugin as the last run of a benchmark found it. */
@Entity({ name: 'plugins' })
export class PluginEntity {
  @PrimaryColumn(nameColumn) benchmark!: string;
  @PrimaryColumn({ type: 'varchar', length: 20 }) kind!: string;
  @PrimaryColumn(nameColumn) name!: string;
  @Column(jsonColumn) summary!: PluginSummary;
}
