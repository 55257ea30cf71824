import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import Handlebars from 'handlebars';
import { packageFolder } from '../../core/files/package-folder';
import type { Attributes } from './table';

/** `reports/` of the package: templates and assets, found from here whether or not the host was built. */
export const reportsFolder = join(packageFolder, 'reports');

export interface ExportLink {
  readonly format: string;
  readonly href: string;
  /** Accessible name. */
  readonly label: string;
}

/** Writes a table or chart of a page as files. */
export type WriteExport = (item: unknown) => readonly ExportLink[];

/** @param writeExport called for each table and chart that the page shows, in order; without it there are no files */
export type Render = (view: object, writeExport?: WriteExport) => string;

/** The templates of `reports/templates` by name. Everything is escaped except charts, which use triple braces. */
export function loadTemplates(folder = join(reportsFolder, 'templates')): (name: string) => Render {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('concat', (...parts: unknown[]) => parts.slice(0, -1).join(''));
  handlebars.registerHelper('isOne', (count: unknown) => count === 1 || count === '1');
  handlebars.registerHelper('attributes', attributes);
  handlebars.registerHelper('exportLinks', (item: unknown, options: Handlebars.HelperOptions) =>
    (options.data as { writeExport?: WriteExport }).writeExport?.(item),
  );
  const partials = join(folder, 'partials');
  for (const file of readdirSync(partials).sort()) {
    // Without the file's last newline: cells of a table would otherwise end with it.
    handlebars.registerPartial(parse(file).name, readFileSync(join(partials, file), 'utf8').trimEnd());
  }
  const compiled = new Map<string, Render>();
  return (name) => {
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const template = handlebars.compile<object>(readFileSync(join(folder, `${name}.hbs`), 'utf8'), {
      explicitPartialContext: false,
    });
    const render: Render = (view, writeExport) =>
      template(view, { allowProtoPropertiesByDefault: false, data: { writeExport } });
    compiled.set(name, render);
    return render;
  };
}

function attributes(values: Attributes | undefined): Handlebars.SafeString {
  const written = Object.entries(values ?? {}).flatMap(([name, value]) =>
    value === undefined || value === false
      ? []
      : [value === true ? ` ${name}` : ` ${name}="${Handlebars.escapeExpression(String(value))}"`],
  );
  return new Handlebars.SafeString(written.join(''));
}
