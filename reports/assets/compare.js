// Compares rows of the leaderboard that a reader has picked in the table or in a plot: a bar at the bottom of the window
// counts them and opens the comparison, so that nothing moves while rows are picked.
(() => {
  'use strict';
  const board = window.rethinkBoard;
  if (board === undefined) return;
  const { rows, heads, columnOf, form, table, state, make, cell, numberIn } = board;

  const boxes = new Map();
  for (const row of rows) {
    const pick = make('input', { type: 'checkbox', className: 'pick', title: 'compare' });
    pick.setAttribute('aria-label', `Compare ${row.name}`);
    pick.addEventListener('change', () => board.toggle(row, pick.checked));
    row.element.cells[0].prepend(pick);
    boxes.set(row.key, pick);
  }
  board.toggle = (row, isPicked) => {
    state.picked = state.picked.filter((key) => key !== row.key);
    if (isPicked) state.picked.push(row.key);
    board.compare();
    board.mark();
    board.remember();
  };

  const dialog = make('dialog', { className: 'compare' });
  dialog.setAttribute('aria-label', 'Rows compared');
  const bar = make('div', { className: 'compare-bar', hidden: true });
  bar.setAttribute('role', 'region');
  bar.setAttribute('aria-label', 'Chosen rows');
  const count = make('span', {});
  count.setAttribute('role', 'status');
  const button = (text, listen) => {
    const element = make('button', { type: 'button' }, text);
    element.addEventListener('click', listen);
    return element;
  };
  const open = button('Compare', () => {
    render();
    dialog.showModal();
  });
  const clear = button('Clear', () => {
    state.picked = [];
    board.compare();
    board.mark();
    board.remember();
    form.elements.q.focus();
  });
  bar.append(count, open, clear);
  document.body.append(bar, dialog);

  const paired = Number(table.dataset.paired ?? 0);
  const widening = Number(table.dataset.widening ?? 1);
  const widths = table.dataset.pairs === undefined ? '' : atob(table.dataset.pairs);
  /** Half-width, in AP points, of the interval of two rows' difference; undefined where it is not known. */
  const widthOf = (a, b) => {
    const pair = [a, b].map(({ element }) => Number(element.dataset.pair ?? Infinity));
    const [i, j] = [Math.min(...pair), Math.max(...pair)];
    if (i === j || j >= paired) return undefined;
    const byte = widths.charCodeAt(i * paired - (i * (i + 1)) / 2 + j - i - 1);
    return byte === 255 ? undefined : byte / 10;
  };
  const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
  const spread = (text) => make('span', { className: 'spread' }, text);
  const difference = (row, first) => {
    const [own, other] = [numberIn(row, 'AP'), numberIn(first, 'AP')];
    if (row === first || own === null || other === null) return ['–'];
    const apart = 100 * (own - other);
    const width = widthOf(row, first);
    if (width === undefined) return [signed(apart)];
    const range = (half) => `${signed(apart - half)} … ${signed(apart + half)}`;
    const isSignificant = Math.abs(apart) > width;
    const verdict = !isSignificant ? 'not significantly different' : apart > 0 ? 'better' : 'worse';
    const wide = spread(verdict);
    wide.title = `simultaneous for all pairs of rows: ${range(widening * width)}`;
    return [signed(apart), spread(range(width)), wide];
  };
  const ratio = (row, first) =>
    row === first || row.cost === null || !(first.cost > 0)
      ? '–'
      : `${(row.cost / first.cost).toPrecision(3)} ×`;

  const render = () => {
    const picked = state.picked.map((key) => rows.find((row) => row.key === key)).filter(Boolean);
    const [first] = picked;
    const copied = (name) => (row) => {
      const copy = cell(row, name).cloneNode(true);
      for (const left of copy.querySelectorAll('.pick, .front-mark')) left.remove();
      return [...copy.childNodes];
    };
    const line = (name, title = heads[columnOf.get(name)]?.textContent) =>
      columnOf.has(name) ? [[title, copied(name)]] : [];
    const lines = [
      ...line('rank', 'Rank among its labelled fraction'),
      ...line('AP', 'AP'),
      ['AP − AP of the first', (row) => difference(row, first)],
      ...['AP50', 'AP75', 'APs', 'APm', 'APl', 'gain'].flatMap((name) => line(name)),
      ...line('cost', `Cost, ${document.getElementById('cost-unit').textContent}`),
      ['Cost ÷ cost of the first', (row) => [ratio(row, first)]],
      ...line('front'),
      ...line('status'),
    ];
    const headCells = picked.map((row) => {
      const drop = button('✕', () => {
        board.toggle(row, false);
        if (state.picked.length < 2) return dialog.close();
        render();
        dialog.querySelector('.drop').focus();
      });
      drop.className = 'drop';
      drop.setAttribute('aria-label', `Compare without ${row.name}`);
      const link = row.element.querySelector('th a');
      const head = make('th', { scope: 'col', className: 'num' });
      head.append(make('a', { href: link.href }, row.name), ' ', drop);
      return head;
    });
    const grid = make('table', {}, make('caption', {}, 'Rows compared'));
    grid
      .createTHead()
      .insertRow()
      .append(make('td', {}), ...headCells);
    const body = grid.createTBody();
    for (const [title, of] of lines) {
      body
        .insertRow()
        .append(
          make('th', { scope: 'row' }, title),
          ...picked.map((row) => make('td', { className: 'num' }, ...of(row))),
        );
    }
    const scroll = make('div', { className: 'scroll', tabIndex: 0 }, grid);
    scroll.setAttribute('role', 'region');
    scroll.setAttribute('aria-label', 'Rows compared');
    dialog.replaceChildren(
      scroll,
      make(
        'p',
        { className: 'note' },
        `Intervals of differences are paired over images and seeds, each for its pair alone; simultaneous ones for all pairs are ${widening.toFixed(1)} times as wide.`,
      ),
      button('Close', () => dialog.close()),
    );
  };

  board.compare = () => {
    for (const [key, pick] of boxes) pick.checked = state.picked.includes(key);
    for (const row of rows) row.element.classList.toggle('picked', state.picked.includes(row.key));
    const { length } = state.picked;
    bar.hidden = length === 0;
    count.textContent =
      length === 1 ? '1 row chosen; choose another one to compare' : `${length} rows chosen`;
    open.hidden = length < 2;
  };
})();
