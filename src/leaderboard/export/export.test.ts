import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bibtex, citationCff } from './citation';
import { table } from '../templates/table';
import { ExportFiles } from './export-files';
import { standaloneSvg } from './standalone-svg';
import { latexText, tableCsv, tableLatex } from './table-files';

const group = { name: 'FLOPs', unit: 'T' };
const costs = table({
  title: 'Head line',
  rows: [
    { name: 'a & b of "c"', full: 1.5123, difference: -0.2, marginal: 2000 },
    { name: '=HYPERLINK("x")', full: -3.1, difference: undefined, marginal: undefined },
  ],
  columns: [
    { name: 'Row', isHeader: true, cell: ({ name }) => name },
    {
      name: 'full',
      group,
      isNumber: true,
      cell: ({ full, difference }) => ({
        text: full.toFixed(1).replace('-', '−'),
        value: full,
        ...(difference !== undefined && {
          notes: [`−${Math.abs(difference)}`],
          values: { difference },
        }),
      }),
    },
    {
      name: 'marginal',
      group,
      isNumber: true,
      cell: ({ marginal }) => ({ text: marginal === undefined ? '' : '2,000', hasFrontMark: true }),
    },
    { name: 'Log', isPageOnly: true, cell: () => 'log' },
  ],
});

describe('a table', () => {
  it('becomes CSV that programs read', () => {
    expect(parse(tableCsv(costs))).toEqual([
      ['Row', 'FLOPs full, T', 'difference', 'FLOPs marginal, T'],
      ['a & b of "c"', '1.5123', '-0.2', '2,000'],
      ['\'=HYPERLINK("x")', '-3.1', '', ''],
    ]);
  });

  it('becomes a LaTeX tabular with its columns aligned', () => {
    expect(tableLatex({ ...costs, title: 'Costs' })).toMatchInlineSnapshot(`
      "% Costs
      % \\usepackage{booktabs}
      \\begin{tabular}{lrr}
      \\toprule
      Row & \\multicolumn{2}{l}{FLOPs, T} \\\\
       & full & marginal \\\\
      \\midrule
      a \\& b of "c" & 1.5 $-$0.2 & 2,000 \\\\
      =HYPERLINK("x") & $-$3.1 &  \\\\
      \\bottomrule
      \\end{tabular}
      "
    `);
    expect(latexText('50 % of {x}_1 ± 2 \\input{a}')).toBe(
      '50 \\% of \\{x\\}\\_1 $\\pm$ 2 \\textbackslash{}input\\{a\\}',
    );
  });
});

describe('a chart', () => {
  const svg =
    '<svg class="chart" viewBox="0 0 40 20" font-size="12px" role="img" aria-label="A plot. Of nothing"><g stroke="var(--grid)"><path d="M0 0"></path></g><a href="x.html"><text data-row="1" class="caption">n</text></a></svg>';

  it('becomes a drawing without style sheet, links and the page’s names', () => {
    const text = standaloneSvg(svg);
    expect(text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/,
    );
    expect(text).toMatch(/<g stroke="#[0-9a-f]{6}">/);
    expect(text).toMatch(/font-size="12px"/);
    expect(text).not.toMatch(/var\(|class=|data-|href|style=/);
    expect(text).toMatch(/ width="40"/);
  });

  it('is XML, whatever others call their things', async () => {
    const hostile = svg
      .replace('Of nothing', '<img src=x onerror=alert(1)> & &quot;q&quot; \u0001\ud800')
      .replace('>n<', '>a &lt;b&gt; &amp; \u0002 &#160;😀<');
    const text = standaloneSvg(hostile);
    expect(text).toContain(
      'aria-label="A plot. &lt;img src=x onerror=alert(1)&gt; &amp; &quot;q&quot; \ufffd\ufffd"',
    );
    expect(text).toContain('>a &lt;b&gt; &amp; \ufffd &#160;😀<');
    expect((await sharp(Buffer.from(text)).metadata()).format).toBe('svg');
  });

  it('is written as SVG and PNG, and a table as CSV and LaTeX, with links to them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rethink-exports-'));
    try {
      const exports = new ExportFiles(folder);
      const chart = { kind: 'plot', title: 'A plot', svg } as const;
      const links = exports.add(chart, 'benchmarks/x/index.html');
      exports.add(costs, 'benchmarks/x/index.html');
      exports.add(chart, 'index.html');
      const again = exports.add(costs, 'index.html');
      expect(again[0]!.href).toBe('exports/benchmarks/x/index/table-head-line.csv');
      expect(readdirSync(join(folder, 'exports'))).toEqual(['benchmarks']);
      await exports.finish();
      expect(links[0]).toEqual({
        href: '../../exports/benchmarks/x/index/a-plot.svg',
        label: 'A plot, plot as SVG',
        format: 'SVG',
      });
      expect(exports.items).toMatchObject([
        { kind: 'plot', title: 'A plot', page: 'benchmarks/x/index.html' },
        { kind: 'table', title: 'Head line' },
        { kind: 'plot', page: 'index.html', files: [{ path: 'exports/benchmarks/x/index/a-plot.svg' }, {}] },
        { kind: 'table', page: 'index.html', title: 'Head line' },
      ]);
      const { width, format } = await sharp(join(folder, 'exports/benchmarks/x/index/a-plot.png')).metadata();
      expect({ width, format }).toEqual({ width: 100, format: 'png' });
      expect(readFileSync(join(folder, 'exports/benchmarks/x/index/table-head-line.csv'), 'utf8')).toContain(
        'Row,',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('citations', () => {
  const cited = {
    name: 'x',
    title: '50 % "more"',
    updatedAt: '2026-03-01T10:00:00.000Z',
    commit: '0123456789abcdef',
  };

  it('name version, date and commit', () => {
    expect(bibtex(cited)).toContain('title = {{Rethink Bench}: 50 \\% "more"}');
    expect(bibtex(cited)).toMatch(
      /month = mar,\n {2}note = \{Results of 2026-03-01, version \S+, commit 0123456789ab\}/,
    );
    expect(citationCff(cited)).toContain('title: "Rethink Bench: 50 % \\"more\\""\n');
  });
});
