import { Injectable } from '@nestjs/common';
import { type Configuration, loadConfiguration } from './configuration';

/**
 * Injection token of the configuration. The container is built before the command line is parsed, so the configuration
 * is loaded once, at first use: help works beside a broken configuration file.
 */
@Injectable()
export class CurrentConfiguration {
  private flags: Readonly<Record<string, unknown>> = {};
  private loaded?: Configuration;

  /** Options of the command line that override the environment and the configuration file. */
  override(flags: Readonly<Record<string, unknown>>): void {
    const { workspace, backend, slots, gpus, stagesPerGpu, executor } = flags;
    this.flags = { workspace, backend, slots, gpus, stagesPerGpu, executor };
    this.loaded = undefined;
  }

  /** @throws RethinkError `CONFIGURATION_INVALID` */
  get value(): Configuration {
    this.loaded ??= loadConfiguration(this.flags);
    return this.loaded;
  }
}
