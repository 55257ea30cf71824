import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import sharp from 'sharp';
import type { Chart } from '../charts/chart';
import { rootFrom } from '../templates/site-paths';
import type { Table } from '../templates/table';
import type { ExportLink } from '../templates/templates';
import { standaloneSvg } from './standalone-svg';
import { tableCsv, tableLatex } from './table-files';

export interface ExportedFile {
  readonly format: 'CSV' | 'LaTeX' | 'SVG' | 'PNG';
  readonly path: string;
}

/** A table or chart of a page, and the files that hold it. */
export interface ExportedItem {
  readonly kind: 'table' | 'plot';
  readonly title: string;
  /** Page that shows it, relative to the site. */
  readonly page: string;
  readonly files: readonly ExportedFile[];
}

/** Dots of a PNG per pixel of the page. */
const pngScale = 2.5;

const extensions = { SVG: 'svg', PNG: 'png', CSV: 'csv', LaTeX: 'tex' } as const;

/** Writes the tables and charts of pages as files. */
export class ExportFiles {
  readonly items: ExportedItem[] = [];
  private readonly limit = pLimit(4);
  private readonly pending: Promise<void>[] = [];
  /** Files of what is written, once for all pages that show it. */
  private readonly written = new WeakMap<Table | Chart, readonly ExportedFile[]>();
  private readonly names = new Set<string>();

  /** @param folder of the site */
  constructor(private readonly folder: string) {}

  /** @returns links to the item's files, which are complete when `finish` has ended; none for an empty table */
  add(item: Table | Chart, page: string): ExportLink[] {
    const { kind, title } = item;
    const files = this.written.get(item) ?? this.write(item, page);
    this.written.set(item, files);
    if (files.length > 0) this.items.push({ kind, title, page, files });
    return files.map(({ format, path }) => ({
      format,
      href: `${rootFrom(page)}${path}`,
      label: `${title}, ${kind} as ${format}`,
    }));
  }

  /** Waits for the charts that are still being drawn. */
  async finish(): Promise<void> {
    await Promise.all(this.pending);
  }

  private write(item: Table | Chart, page: string): ExportedFile[] {
    const path = this.freePath(page, `${item.kind === 'table' ? 'table-' : ''}${fileName(item.title)}`);
    const save = (format: ExportedFile['format'], content: string | Buffer): ExportedFile => {
      const file = { format, path: `${path}.${extensions[format]}` };
      mkdirSync(dirname(join(this.folder, file.path)), { recursive: true });
      writeFileSync(join(this.folder, file.path), content);
      return file;
    };
    if (item.kind === 'table') {
      return item.rows.length === 0 ? [] : [save('CSV', tableCsv(item)), save('LaTeX', tableLatex(item))];
    }
    const svg = standaloneSvg(item.svg);
    const drawing = this.limit(async () => {
      const image = sharp(Buffer.from(svg), { density: 72 * pngScale }).flatten({ background: '#ffffff' });
      // A palette halves the file, and takes longer than drawing does.
      save('PNG', await image.png({ compressionLevel: 6 }).toBuffer());
    });
    // A failure is reported by `finish`; until then nothing handles it.
    drawing.catch(() => undefined);
    this.pending.push(drawing);
    return [save('SVG', svg), { format: 'PNG', path: `${path}.${extensions.PNG}` }];
  }

  private freePath(page: string, base: string): string {
    const folder = `exports/${page.replace(/\.html$/, '')}`;
    let path = `${folder}/${base}`;
    for (let number = 2; this.names.has(path); number++) path = `${folder}/${base}-${number}`;
    this.names.add(path);
    return path;
  }
}

function fileName(title: string): string {
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '');
  return name === '' ? 'item' : name;
}
