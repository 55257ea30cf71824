import { Injectable } from '@nestjs/common';
import { ResultsService } from '../results/results.service';
import { buildSite, type BuiltSite } from './build-site';

/** Builds the pages from the results database. */
@Injectable()
export class ReportService {
  constructor(private readonly results: ResultsService) {}

  /**
   * @param options where artifacts lie and where the pages go; the folder is replaced as a whole
   * @throws RethinkError `REPORT_NO_RESULTS`, `REPORT_FOLDER_TAKEN`, and those of the results database
   */
  async build(options: {
    readonly artifactFolder: (key: string) => string;
    readonly outFolder: string;
  }): Promise<BuiltSite> {
    return buildSite({ ...options, results: await this.results.snapshot() });
  }
}
