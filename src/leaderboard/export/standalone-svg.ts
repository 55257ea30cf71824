import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMParser } from 'linkedom';
import postcss from 'postcss';
import { reportsFolder } from '../templates/templates';

/** Style properties that SVG has as attributes, so that a drawing needs no style sheet. */
const presentation = new Set([
  'fill',
  'fill-opacity',
  'fill-rule',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'color',
  'display',
  'visibility',
  'font-family',
  'font-size',
  'font-style',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
  'vector-effect',
]);

interface Rule {
  readonly selector: string;
  /** Without these in the drawing it fits nothing. */
  readonly classes: readonly string[];
  readonly specificity: number;
  readonly declarations: ReadonlyMap<string, string>;
}

/** Characters that XML does not have, however they are written, and halves of pairs. */
// eslint-disable-next-line no-control-regex -- these are meant
const notXml = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu;

/** Fonts that drawing programs and LaTeX users have; the pages' own list begins with names of systems. */
const sans = 'Helvetica, Arial, "Liberation Sans", sans-serif';

/** The pages' style sheets in light colours, as far as they are about drawings. */
export class ChartStyles {
  private readonly rules: readonly Rule[];
  private readonly variables = new Map<string, string>();

  constructor(folder = join(reportsFolder, 'assets')) {
    const css = readdirSync(folder)
      .filter((name) => name.endsWith('.css'))
      // The one that all pages have first.
      .sort((a, b) => Number(b === 'style.css') - Number(a === 'style.css') || (a < b ? -1 : 1))
      .map((name) => postcss.parse(readFileSync(join(folder, name), 'utf8')));
    const { variables } = this;
    const rules: Rule[] = [];
    for (const sheet of css) {
      // Media queries are about the dark, narrow or printed page.
      for (const node of sheet.nodes) {
        if (node.type !== 'rule') continue;
        const declarations = new Map<string, string>();
        node.walkDecls(({ prop, value }) => {
          if (prop.startsWith('--')) variables.set(prop, value);
          else for (const [name, text] of longhands(prop, value)) declarations.set(name, text);
        });
        if (declarations.size === 0) continue;
        for (const selector of node.selectors) {
          rules.push({
            selector,
            classes: classesOf(selector),
            specificity: specificityOf(selector),
            declarations,
          });
        }
      }
    }
    this.rules = rules
      .map((rule) => ({
        ...rule,
        declarations: new Map(
          [...rule.declarations].map(([name, value]) => [name, resolve(value, variables)]),
        ),
      }))
      // Sorting is stable: of equal weight the later one wins.
      .sort((a, b) => a.specificity - b.specificity);
  }

  /** A drawing of a page as a file of its own, which looks like the page's in light colours. */
  standalone(svg: string): string {
    // As XML, so that it is written as XML: names from others may have any character in them.
    const document = new DOMParser().parseFromString(
      `<html><body><figure><div class="wide">${svg.replace(notXml, '\ufffd')}</div></figure></body></html>`,
      'image/svg+xml',
    ) as unknown as Document;
    const root = document.querySelector('svg')!;
    for (const link of [...root.querySelectorAll('a')]) {
      const group = document.createElementNS('http://www.w3.org/2000/svg', 'g');
      group.append(...link.childNodes);
      link.replaceWith(group);
    }
    const elements = [root as Element, ...root.querySelectorAll('*')];
    const styled = new Map<Element, Map<string, string>>(elements.map((element) => [element, new Map()]));
    const present = new Set(elements.flatMap((element) => [...element.classList]).concat('wide'));
    for (const { selector, classes, declarations } of this.rules) {
      // Most rules are about other parts of a page.
      if (!classes.every((name) => present.has(name))) continue;
      for (const element of matching(document, selector)) {
        const own = styled.get(element);
        for (const [name, value] of declarations) own?.set(name, value);
      }
    }
    for (const [element, declarations] of styled) {
      for (const [name, value] of declarations) element.setAttribute(name, value);
    }
    // Charts are drawn in the pages' colours by name.
    for (const element of elements) {
      for (const { name, value } of [...element.attributes]) {
        if (value.includes('var(')) element.setAttribute(name, resolve(value, this.variables));
      }
    }
    const [, , width = '860', height = '430'] = (root.getAttribute('viewBox') ?? '').split(/[\s,]+/);
    for (const [name, value] of Object.entries({ width, height, xmlns: 'http://www.w3.org/2000/svg' })) {
      root.setAttribute(name, value);
    }
    if (!root.hasAttribute('font-family')) root.setAttribute('font-family', sans);
    for (const element of elements) {
      for (const name of ['class', 'tabindex']) element.removeAttribute(name);
      for (const { name } of [...element.attributes]) {
        if (name.startsWith('data-')) element.removeAttribute(name);
      }
    }
    return `<?xml version="1.0" encoding="UTF-8"?>\n${root.outerHTML}\n`;
  }
}

/** Classes that a selector asks for, and none that it excludes or takes in place of others. */
function classesOf(selector: string): string[] {
  const asked = selector.replace(/:[\w-]+\([^)]*\)/g, '');
  return [...asked.matchAll(/\.([\w-]+)/g)].map(([, name]) => name!);
}

function matching(document: Document, selector: string): Element[] {
  try {
    return [...document.querySelectorAll(selector)];
  } catch {
    // A selector that only browsers know, of states that a drawing on paper is never in.
    return [];
  }
}

/** Presentation properties that a declaration sets. */
function longhands(name: string, value: string): [string, string][] {
  if (name === 'font') {
    const size = /(?:^|\s)([\d.]+(?:px|rem|em))/.exec(value)?.[1];
    const weight = /(?:^|\s)(\d{3}|bold)\s/.exec(value)?.[1];
    return [
      ...(size === undefined ? [] : ([['font-size', size]] as [string, string][])),
      ...(weight === undefined ? [] : ([['font-weight', weight]] as [string, string][])),
      ['font-family', sans],
    ];
  }
  if (name === 'font-family') return [['font-family', value.includes('mono') ? 'monospace' : sans]];
  return presentation.has(name) ? [[name, value]] : [];
}

function resolve(value: string, variables: ReadonlyMap<string, string>): string {
  let text = value;
  for (let depth = 0; depth < 8 && text.includes('var('); depth++) {
    text = text.replace(/var\((--[\w-]+)(?:,\s*([^()]*))?\)/g, (_, name: string, other?: string) => {
      return variables.get(name) ?? other ?? 'inherit';
    });
  }
  return text.replace(/([\d.]+)rem\b/g, (_, number: string) => `${16 * Number(number)}px`);
}

/** Ids, then classes with attributes and pseudo-classes, then names; near enough for the pages' own sheets. */
function specificityOf(selector: string): number {
  const count = (pattern: RegExp) => selector.match(pattern)?.length ?? 0;
  return (
    1e4 * count(/#[\w-]+/g) +
    100 * (count(/\.[\w-]+/g) + count(/\[[^\]]*\]/g) + count(/(?<!:):(?!not|is|where)[\w-]+/g)) +
    count(/(?:^|[\s>+~(])[a-z][\w-]*/g)
  );
}
