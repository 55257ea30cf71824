import type { z } from 'zod';

const typeNames: Readonly<Record<string, string>> = {
  int: 'an integer',
  array: 'a list',
  tuple: 'a list',
  object: 'a map',
  record: 'a map',
  boolean: 'true or false',
};

/** What is wrong with a value, as the rest of a sentence whose subject is the value: `must be above 0`. */
export function requirement(issue: z.core.$ZodIssue): string {
  // A message of the schema itself, not one of the library's.
  if (!/^(Invalid|Too|Unrecognized) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? `a ${issue.expected}`}`;
    case 'too_small':
      if (issue.origin !== 'number' && issue.origin !== 'int') return 'must not be empty';
      return `must be ${issue.inclusive === true ? 'at least' : 'above'} ${issue.minimum}`;
    case 'too_big':
      return `must be ${issue.inclusive === true ? 'at most' : 'below'} ${issue.maximum}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'unrecognized_keys':
      return `has the unknown key "${issue.keys[0]}"`;
    case 'invalid_union':
      return alternatives(issue.errors) ?? 'is invalid';
    default:
      return issue.message;
  }
}

/** One sentence about a value. The message of a schema is a sentence, or the rest of one: `must …`, `requires …`. */
export function issueSentence(issue: z.core.$ZodIssue, path: string): string {
  const text = requirement(issue);
  const sentence = /^(must|requires|is|has) /.test(text)
    ? `"${path}" ${text}`
    : `${text[0]!.toUpperCase()}${text.slice(1)}`;
  return /[.?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** Of a union whose alternatives all reject the value itself. */
function alternatives(errors: readonly (readonly z.core.$ZodIssue[])[]): string | undefined {
  const first = errors.flatMap(([issue]) => issue ?? []);
  const texts = first.map((issue) => (issue.path.length === 0 ? requirement(issue) : ''));
  if (texts.length === 0 || !texts.every((text) => text.startsWith('must be '))) return undefined;
  return [...new Set(texts)].map((text, index) => (index === 0 ? text : text.slice(8))).join(' or ');
}
