import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { rootFrom } from '../templates/site-paths';
import { ChartStyles } from './standalone-svg';
import { readTable, tableCsv, tableLatex } from './table-text';

/** A table or drawing of a page, and the files that hold it. */
export interface PaperItem {
  readonly kind: 'table' | 'plot';
  readonly title: string;
  /** Page that it stands on, relative to the site. */
  readonly page: string;
  readonly files: readonly { readonly format: string; readonly path: string }[];
}

/** Dots of a PNG to a pixel of the page. */
const pngScale = 2.5;

const chartPattern =
  /<div class="wide">(<svg\b[\s\S]*?<\/svg>)<\/div>(\s*<div class="narrow">[\s\S]*?<\/svg><\/div>)?/g;
const tablePattern = /<table\b[\s\S]*?<\/table>/g;
const headingPattern = /<h[1-4]\b[^>]*>([\s\S]*?)<\/h[1-4]>|<figcaption\b[^>]*>([\s\S]*?)<\/figcaption>/g;

/**
 * Writes every table and plot of the pages that it is shown as files for papers, and puts links to them beside. It reads
 * the finished pages, so that whatever a page shows can be had, and is what the page shows.
 */
export class PaperFiles {
  readonly items: PaperItem[] = [];
  private styles?: ChartStyles;
  private readonly limit = pLimit(4);
  private readonly pending: Promise<void>[] = [];
  /** Plots that stand on two pages are drawn once. */
  private readonly drawn = new Map<string, string>();
  /** Paths of those that are written. */
  private readonly tables = new Set<string>();

  /** @param folder of the site */
  constructor(private readonly folder: string) {}

  /**
   * @param original page that shows the same at another address, and whose files serve this one too
   * @returns the page with links; its files are there when `finish` has ended
   */
  add(html: string, page: string, original = page): string {
    const taken = new Set<string>();
    const home = `papers/${original.replace(/\.html$/, '')}`;
    const headings = [...html.matchAll(headingPattern)].map(({ index, 1: heading, 2: caption }) => ({
      index,
      text: plainText(heading ?? caption ?? ''),
    }));
    const titleAt = (at: number) =>
      headings.findLast(({ index, text }) => index < at && text !== '')?.text ?? page;
    const nameFor = (base: string) => {
      let name = base;
      for (let number = 2; taken.has(name); number++) name = `${base}-${number}`;
      taken.add(name);
      return name;
    };
    const withPlots = html.replace(
      chartPattern,
      (all, svg: string, _narrow: string | undefined, at: number) => {
        const title = unescapeHtml(/aria-label="([^"]*?)\./.exec(svg)?.[1] ?? titleAt(at));
        const name = nameFor(fileName(title));
        return `${all}${this.plot(svg, { title, page, path: `${home}/${name}` })}`;
      },
    );
    const titlesAfter = [...withPlots.matchAll(headingPattern)].map(({ index, 1: heading, 2: caption }) => ({
      index,
      text: plainText(heading ?? caption ?? ''),
    }));
    return withPlots.replace(tablePattern, (table: string, at: number) => {
      const title = titlesAfter.findLast(({ index, text }) => index < at && text !== '')?.text ?? page;
      const name = nameFor(`table-${fileName(title)}`);
      return `${table}${this.table(table, { title, page, path: `${home}/${name}` })}`;
    });
  }

  /** Waits for what is still being drawn. */
  async finish(): Promise<void> {
    await Promise.all(this.pending);
  }

  private plot(svg: string, item: { title: string; page: string; path: string }): string {
    const known = this.drawn.get(svg);
    if (known !== undefined) return this.links('plot', { ...item, path: known }, ['SVG', 'PNG']);
    this.drawn.set(svg, item.path);
    this.styles ??= new ChartStyles();
    const text = this.styles.standalone(svg);
    this.write(`${item.path}.svg`, text);
    const drawing = this.limit(async () => {
      const png = await sharp(Buffer.from(text), { density: 72 * pngScale })
        .flatten({ background: '#ffffff' })
        // A palette halves the file, and takes longer than drawing does.
        .png({ compressionLevel: 6 })
        .toBuffer();
      this.write(`${item.path}.png`, png);
    });
    // Whoever waits for the end is told; until then nobody does.
    drawing.catch(() => undefined);
    this.pending.push(drawing);
    return this.links('plot', item, ['SVG', 'PNG']);
  }

  private table(html: string, item: { title: string; page: string; path: string }): string {
    if (this.tables.has(item.path)) return this.links('table', item, ['CSV', 'LaTeX']);
    const table = readTable(html);
    if (table.body.length === 0) return '';
    this.tables.add(item.path);
    this.write(`${item.path}.csv`, tableCsv(table));
    this.write(`${item.path}.tex`, tableLatex(table, item.title));
    return this.links('table', item, ['CSV', 'LaTeX']);
  }

  private links(
    kind: PaperItem['kind'],
    { title, page, path }: { title: string; page: string; path: string },
    formats: readonly string[],
  ): string {
    const files = formats.map((format) => ({ format, path: `${path}.${extensions[format]}` }));
    this.items.push({ kind, title, page, files });
    const root = rootFrom(page);
    const name = escapeHtml(title);
    const list = files.map(
      ({ format, path: file }) =>
        `<a href="${root}${file}" download aria-label="${name}, ${kind} as ${format}">${format}</a>`,
    );
    return `<p class="papers">${list.join(' ')}</p>`;
  }

  private write(path: string, content: string | Buffer): void {
    const file = join(this.folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
  }
}

const extensions: Readonly<Record<string, string>> = { SVG: 'svg', PNG: 'png', CSV: 'csv', LaTeX: 'tex' };

function fileName(title: string): string {
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '');
  return name === '' ? 'item' : name;
}

function plainText(html: string): string {
  return unescapeHtml(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#x27;': "'",
  '&#x3D;': '=',
  '&#x60;': '`',
};

function unescapeHtml(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39|#x27|#x3D|#x60);/g, (entity) => entities[entity]!);
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]!,
  );
}
