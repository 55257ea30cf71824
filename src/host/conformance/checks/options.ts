import { RethinkError } from '../../../contract';
import { describeOptions } from '../../../core/catalog/describe';
import { finding, type PluginFinding } from '../finding';
import type { Subject } from '../target';

const unknownOption = 'no-such-option';

/** Options are strict, have defaults and descriptions; the plugin can be constructed with the defaults. */
export function checkOptions({ plugin, make }: Subject): PluginFinding[] {
  const { options } = plugin.plugin;
  const findings: PluginFinding[] = [];
  const defaults = options.safeParse({});
  if (!defaults.success) {
    const issue = defaults.error.issues[0];
    findings.push(finding('CHECK_OPTIONS_DEFAULTS', `without "${issue?.path.join('.')}": ${issue?.message}`));
  } else if (options.safeParse({ [unknownOption]: 1 }).success) {
    findings.push(finding('CHECK_OPTIONS_OPEN', `{ "${unknownOption}": 1 } was accepted`));
  }
  const undescribed = describeOptions(options).filter(({ description }) => description === undefined);
  if (undescribed.length > 0) {
    const names = undescribed.map(({ name }) => `"${name}"`).join(', ');
    findings.push(finding('CHECK_OPTIONS_SILENT', `no description of ${names}`));
  }
  if (!defaults.success) return findings;
  try {
    const instance = make<{ strength?: unknown }>();
    if (plugin.plugin.kind === 'augmentation' && !Number.isFinite(instance.strength)) {
      findings.push(finding('PLUGIN_SHAPE', `strength is ${String(instance.strength)}`));
    }
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    findings.push(finding('PLUGIN_CONSTRUCT', error.message));
  }
  return findings;
}
