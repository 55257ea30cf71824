import { createHash } from 'node:crypto';

/**
 * A file name for a name from elsewhere. The digest distinguishes names whose readable part is the same:
 * `a+b` and `a-b`, or names that differ in case only.
 */
export function slug(text: string): string {
  const readable = text
    .replace(/(^|,)(init|augmentation|strategy|fraction|seed)=/g, '$1')
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .replace(/\.{2,}|^[-.]+|[-.]+$/g, '')
    .slice(0, 80)
    .toLowerCase();
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `${readable === '' ? 'x' : readable}-${digest}`;
}

/** A benchmark's folder; names that the schema allows are used unchanged. */
export function benchmarkFolder(name: string): string {
  return `benchmarks/${/^[a-z0-9][a-z0-9-]{0,79}$/.test(name) ? name : slug(name)}`;
}

/** Prefix that leads from a page back to the site's root: `../../`. */
export function rootFrom(page: string): string {
  return '../'.repeat(page.split('/').length - 1);
}
