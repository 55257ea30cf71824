import { Injectable } from '@nestjs/common';
@Injectable()
export class ReportAccess {
  async build(_: unknown): Promise<string> {
    return Promise.resolve('');
  }
}
