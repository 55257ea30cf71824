import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import Handlebars from 'handlebars';
import { packageFolder } from '../../core/files/package-folder';

/** `reports/` of the package: templates and assets, found from here whether or not the host was built. */
export const reportsFolder = join(packageFolder, 'reports');

export type Render = (view: object) => string;

/** The templates of `reports/templates` by name. Everything is escaped but charts, which stand in triple braces. */
export function loadTemplates(folder = join(reportsFolder, 'templates')): (name: string) => Render {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('concat', (...parts: unknown[]) => parts.slice(0, -1).join(''));
  handlebars.registerHelper('isOne', (count: unknown) => count === 1 || count === '1');
  const partials = join(folder, 'partials');
  for (const file of readdirSync(partials).sort()) {
    handlebars.registerPartial(parse(file).name, readFileSync(join(partials, file), 'utf8'));
  }
  const compiled = new Map<string, Render>();
  return (name) => {
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const template = handlebars.compile<object>(readFileSync(join(folder, `${name}.hbs`), 'utf8'), {
      explicitPartialContext: false,
    });
    const render: Render = (view) => template(view, { allowProtoPropertiesByDefault: false });
    compiled.set(name, render);
    return render;
  };
}
