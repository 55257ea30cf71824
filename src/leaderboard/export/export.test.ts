import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bibtex, citationCff } from './citation';
import { PaperFiles } from './export-files';
import { ChartStyles } from './standalone-svg';
import { latexText, readTable, tableCsv, tableLatex } from './table-text';

const table = `<table class="board"><thead><tr><th rowspan="2">Row</th><th colspan="2">FLOPs, T</th></tr><tr><th class="num">full</th><th class="num">marginal</th></tr></thead>
<tbody><tr><th scope="row">a &amp; b<br>of "c"</th><td class="num">1.5 <span class="meta">−0.2</span></td><td class="num"><span aria-hidden="true">◆</span>2,000</td></tr>
<tr><th scope="row">=HYPERLINK("x")</th><td class="num">−3.1</td><td class="num"></td></tr></tbody></table>`;

describe('a table of a page', () => {
  it('becomes CSV that programs read', () => {
    const csv = tableCsv(readTable(table));
    expect(parse(csv)).toEqual([
      ['Row', 'FLOPs, T full', 'FLOPs, T marginal'],
      ['a & b of "c"', '1.5 -0.2', '2,000'],
      ['\'=HYPERLINK("x")', '-3.1', ''],
    ]);
  });

  it('becomes a LaTeX tabular with its columns aligned', () => {
    expect(tableLatex(readTable(table), 'Costs')).toMatchInlineSnapshot(`
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

describe('a plot of a page', () => {
  const svg =
    '<svg class="chart" viewBox="0 0 40 20" role="img" aria-label="A plot. Of nothing"><g stroke="var(--grid)"><path d="M0 0"></path></g><a href="x.html"><text data-row="1" class="caption">n</text></a></svg>';

  it('becomes a drawing without style sheet, links and the page’s names', () => {
    const text = new ChartStyles().standalone(svg);
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
    const text = new ChartStyles().standalone(hostile);
    expect(text).toContain(
      'aria-label="A plot. &lt;img src=x onerror=alert(1)&gt; &amp; &quot;q&quot; \ufffd\ufffd"',
    );
    expect(text).toContain('>a &lt;b&gt; &amp; \ufffd &#160;😀<');
    expect((await sharp(Buffer.from(text)).metadata()).format).toBe('svg');
  });

  it('stands beside the page as SVG and PNG, with links to them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rethink-papers-'));
    try {
      const papers = new PaperFiles(folder);
      const html = papers.add(
        `<h2>Head <em>line</em></h2><figure><div class="wide">${svg}</div><div class="narrow">${svg}</div></figure>${table}`,
        'benchmarks/x/index.html',
      );
      papers.add(`<h2>Again</h2><div class="wide">${svg}</div>`, 'index.html');
      const first = papers.add(`<h2>Head line</h2>${table}`, 'index.html', 'benchmarks/x/index.html');
      expect(first).toContain('href="papers/benchmarks/x/index/table-head-line.csv"');
      expect(readdirSync(join(folder, 'papers'))).toEqual(['benchmarks']);
      await papers.finish();
      expect(html).toContain(
        '<a href="../../papers/benchmarks/x/index/a-plot.svg" download aria-label="A plot, plot as SVG">SVG</a>',
      );
      expect(papers.items).toMatchObject([
        { kind: 'plot', title: 'A plot', page: 'benchmarks/x/index.html' },
        { kind: 'table', title: 'Head line' },
        { kind: 'plot', page: 'index.html', files: [{ path: 'papers/benchmarks/x/index/a-plot.svg' }, {}] },
        { kind: 'table', page: 'index.html', title: 'Head line' },
      ]);
      const { width, format } = await sharp(join(folder, 'papers/benchmarks/x/index/a-plot.png')).metadata();
      expect({ width, format }).toEqual({ width: 100, format: 'png' });
      expect(readFileSync(join(folder, 'papers/benchmarks/x/index/table-head-line.csv'), 'utf8')).toContain(
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
