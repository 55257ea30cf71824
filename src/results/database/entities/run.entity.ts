import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { keyColumn, nameColumn, textColumn, timeColumn } from '../columns';

@Entity({ name: 'runs' })
export class RunEntity {
  @PrimaryGeneratedColumn() id!: number;
  @Column(nameColumn) benchmark!: string;
  @Column(timeColumn) startedAt!: string;
  @Column({ ...timeColumn, nullable: true }) endedAt!: string | null;
  @Column({ type: 'boolean', nullable: true }) cancelled!: boolean | null;
  @Column(textColumn) command!: string;
  @Column({ type: 'integer' }) slots!: number;
  @Column({ type: 'integer' }) trials!: number;
  @Column(keyColumn) environmentId!: string;
}
