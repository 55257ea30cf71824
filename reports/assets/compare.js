// Compares rows of the leaderboard that a reader has picked in the table or in the plot.
(() => {
  'use strict';
  const board = window.rethinkBoard;
  if (board === undefined) return;
  const { rows, heads, columnOf, form, table, state, score, make } = board;
  const panel = document.querySelector('.compare');
  const boxes = new Map();
  for (const row of rows) {
    const pick = make('input', { type: 'checkbox', className: 'pick', title: 'compare' });
    pick.setAttribute('aria-label', `Compare ${row.name}`);
    pick.addEventListener('change', () => toggle(row, pick.checked));
    row.element.cells[0].prepend(pick);
    boxes.set(row.key, pick);
  }
  const toggle = (row, isPicked) => {
    state.picked = state.picked.filter((key) => key !== row.key);
    if (isPicked) state.picked.push(row.key);
    compare();
    board.mark();
    board.remember();
  };
  document.querySelector('.overview')?.addEventListener('click', (event) => {
    const point = event.target.closest('.points [data-row]');
    if (point === null) return;
    const row = rows[Number(point.dataset.row)];
    toggle(row, !state.picked.includes(row.key));
  });
  const paired = Number(table.dataset.paired ?? 0);
  const widths = table.dataset.pairs === undefined ? '' : atob(table.dataset.pairs);
  /** Half-width, in AP points, of the interval of two rows' difference; undefined where it is not known. */
  const widthOf = (a, b) => {
    const [i, j] = [Math.min(a.index, b.index), Math.max(a.index, b.index)];
    if (i === j || j >= paired) return undefined;
    const byte = widths.charCodeAt(i * paired - (i * (i + 1)) / 2 + j - i - 1);
    return byte === 255 ? undefined : byte / 10;
  };
  const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
  const difference = (row, first) => {
    if (row === first) return ['–'];
    const cell = (each) => each.element.cells[columnOf.get('AP')].dataset.v;
    if (cell(row) === '' || cell(first) === '') return ['–'];
    const apart = 100 * (score(row) - score(first));
    const width = widthOf(row, first);
    if (width === undefined) return [signed(apart)];
    const [low, high] = [apart - width, apart + width];
    const verdict = low > 0 ? 'better' : high < 0 ? 'worse' : 'not significantly different';
    return [signed(apart), spread(`${signed(low)} … ${signed(high)}`), spread(verdict)];
  };
  const spread = (text) => make('span', { className: 'spread' }, text);
  const ratio = (row, first) =>
    row === first || row.cost === null || !(first.cost > 0)
      ? '–'
      : `${(row.cost / first.cost).toPrecision(3)} ×`;
  const compare = () => {
    for (const [key, pick] of boxes) pick.checked = state.picked.includes(key);
    for (const row of rows) row.element.classList.toggle('picked', state.picked.includes(row.key));
    const picked = state.picked.map((key) => rows.find((row) => row.key === key)).filter(Boolean);
    panel.hidden = picked.length === 0;
    if (picked.length === 0) return panel.replaceChildren();
    const [first] = picked;
    const cells = (name) => (row) => {
      const copy = row.element.cells[columnOf.get(name)].cloneNode(true);
      for (const left of copy.querySelectorAll('.pick, .front-mark')) left.remove();
      return [...copy.childNodes];
    };
    const lines = [
      ['Rank', cells('rank')],
      ['AP', cells('AP')],
      ['AP − AP of the first', (row) => difference(row, first)],
      ...['AP50', 'AP75', 'APs', 'APm', 'APl'].map((name) => [
        heads[columnOf.get(name)].textContent,
        cells(name),
      ]),
      [`Cost, ${document.getElementById('cost-unit').textContent}`, cells('cost')],
      ['Cost ÷ cost of the first', (row) => [ratio(row, first)]],
      ['On front', cells('front')],
      ['Status', cells('status')],
    ];
    const headCells = picked.map((row) => {
      const drop = make('button', { type: 'button', className: 'drop' }, '✕');
      drop.setAttribute('aria-label', `Compare without ${row.name}`);
      drop.addEventListener('click', () => {
        toggle(row, false);
        (panel.querySelector('.drop') ?? form.elements.q).focus();
      });
      const link = row.element.querySelector('th a');
      const head = make('th', { scope: 'col', className: 'num' });
      head.append(make('a', { href: link.href }, row.name), ' ', drop);
      return head;
    });
    const caption = make('caption', {}, 'Rows compared');
    const grid = make('table', {}, caption);
    grid
      .createTHead()
      .insertRow()
      .append(make('td', {}), ...headCells);
    const gridBody = grid.createTBody();
    for (const [title, of] of lines) {
      const line = gridBody.insertRow();
      line.append(
        make('th', { scope: 'row' }, title),
        ...picked.map((row) => make('td', { className: 'num' }, ...of(row))),
      );
    }
    const note =
      picked.length > 1
        ? 'Intervals of differences are paired over images and seeds, and simultaneous for all pairs of rows.'
        : 'Choose another row to see the difference.';
    const scroll = make('div', { className: 'scroll', tabIndex: 0 }, grid);
    scroll.setAttribute('role', 'region');
    scroll.setAttribute('aria-label', 'Rows compared');
    panel.replaceChildren(scroll, make('p', { className: 'note' }, note));
  };
  board.compare = compare;
})();
