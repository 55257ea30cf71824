import { Module } from '@nestjs/common';
import { BenchmarkService } from './planning.service';

@Module({ providers: [BenchmarkService], exports: [BenchmarkService] })
export class BenchmarkModule {}
