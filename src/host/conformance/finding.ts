import { rules, type RuleCode, type RuleSeverity } from './rules';

/** One broken rule: what was expected, what was seen, how to fix it. */
export interface PluginFinding {
  readonly code: RuleCode;
  readonly severity: RuleSeverity;
  readonly expected: string;
  readonly seen: string;
  readonly fix: string;
}

/** @param seen what the check saw, in one sentence without a full stop */
export function finding(code: RuleCode, seen: string, fix?: string): PluginFinding {
  const rule = rules[code];
  return { code, severity: rule.severity, expected: rule.expected, seen, fix: fix ?? rule.fix };
}

export function isRule(code: string): code is RuleCode {
  return Object.hasOwn(rules, code);
}

/** One group of rules, checked together. */
export interface CheckOutcome {
  readonly check: string;
  readonly title: string;
  /** `skipped`: it could not be tried, because of an earlier finding or because the plugin has nothing of the kind. */
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly findings: readonly PluginFinding[];
  readonly seconds: number;
}
