// The points of the leaderboard's plots and the rows of its table are one: pointing at either lights both, a click on a
// point chooses its row for comparison, arrow keys walk through a plot's points, and legend entries hide series.
(() => {
  'use strict';
  const board = window.rethinkBoard;
  const plots = document.querySelector('.plots');
  if (board === undefined || plots === null) return;
  const { rows, table, state, cell, numberIn, make } = board;
  const figure = () => plots.querySelector(`.plot[data-costing="${board.costing()}"]`);

  // ---- Rows that are not shown are faint, and those that are have a front of their own. ----
  const frontOf = (candidates) => {
    let best = -Infinity;
    return candidates
      .filter((row) => row.cost !== null && numberIn(row, 'AP') !== null)
      .sort((a, b) => a.cost - b.cost || numberIn(b, 'AP') - numberIn(a, 'AP'))
      .filter((row) => numberIn(row, 'AP') > best && ((best = numberIn(row, 'AP')), true));
  };
  const centre = (point) =>
    point
      .querySelector('.point')
      .getAttribute('transform')
      .match(/-?[\d.]+/g)
      .map(Number);
  board.mark = () => {
    const shown = board.shown();
    const isAll = shown.length === rows.length;
    const indices = new Set(shown.map(({ index }) => String(index)));
    const picked = new Set(state.picked.map((key) => String(rows.find((row) => row.key === key)?.index)));
    for (const panel of figure()?.querySelectorAll('.panel') ?? []) {
      const svg = panel.querySelector('svg');
      const points = new Map();
      for (const part of svg.querySelectorAll('[data-row]')) {
        part.classList.toggle('off', !indices.has(part.dataset.row));
        part.classList.toggle('picked', picked.has(part.dataset.row));
        if (part.localName === 'g') points.set(part.dataset.row, part);
      }
      for (const own of svg.querySelectorAll('.of-shown')) own.remove();
      svg.classList.toggle('chosen', !isAll);
      panel.hidden = ![...points.keys()].some((index) => indices.has(index));
      if (isAll || panel.hidden) continue;
      const front = frontOf(shown.filter(({ index }) => points.has(String(index))));
      const places = front.map((row) => [...centre(points.get(String(row.index))), row]);
      const path = places.map(([x, y], step) => (step === 0 ? `M${x},${y}` : `H${x}V${y}`));
      const draw = (name, attributes, text = '') => {
        const element = document.createElementNS('http://www.w3.org/2000/svg', name);
        for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
        element.textContent = text;
        return element;
      };
      const named = places.filter(([, , { index }]) => !svg.querySelector(`text[data-row="${index}"]`));
      svg.querySelector('.points').append(
        draw('path', { class: 'of-shown front', d: path.join('') }),
        ...named.map(([x, y, { name }]) =>
          draw(
            'text',
            {
              class: 'of-shown',
              x: x < 200 ? x + 6 : x - 6,
              y: y - 8,
              'text-anchor': x < 200 ? 'start' : 'end',
            },
            name,
          ),
        ),
      );
    }
    plots.querySelector('.legend .of-shown').hidden = isAll || shown.length === 0;
  };

  // ---- A tip of a point, and its row lit. ----
  const tip = make('div', { className: 'tip', hidden: true });
  tip.setAttribute('role', 'status');
  plots.append(tip);
  const lines = [
    ['AP', 'AP'],
    ['Cost', 'cost'],
    ['Rank', 'rank'],
    ['On the front', 'front'],
    ['Against equal compute', 'gain'],
  ];
  let lit;
  const light = (row, point) => {
    if (lit === row && !tip.hidden === (point !== undefined)) return;
    for (const each of document.querySelectorAll('.lit')) each.classList.remove('lit');
    lit = row;
    tip.hidden = point === undefined;
    if (row === undefined) return;
    row.element.classList.add('lit');
    for (const part of figure()?.querySelectorAll(`[data-row="${row.index}"]`) ?? [])
      part.classList.add('lit');
    if (point === undefined) return;
    const list = make('dl', {});
    for (const [name, column] of lines) {
      const from = board.columnOf.has(column) ? cell(row, column) : undefined;
      const texts = [...(from?.childNodes ?? [])].filter(
        ({ nodeType, className = '' }) => nodeType === 3 || className === 'spread',
      );
      const text = texts.map(({ textContent }) => textContent.trim()).filter(Boolean);
      if (text.length === 0 || text[0] === '–') continue;
      const unit = column === 'cost' ? ` ${document.getElementById('cost-unit').textContent}` : '';
      list.append(make('dt', {}, name), make('dd', {}, `${text[0]}${text[1] ? ` (${text[1]})` : ''}${unit}`));
    }
    tip.replaceChildren(make('strong', {}, row.name), list);
    const [inner, outer] = [
      point.querySelector('.point').getBoundingClientRect(),
      plots.getBoundingClientRect(),
    ];
    const left = inner.left - outer.left + 14;
    tip.style.left = `${Math.max(0, Math.min(left, outer.width - tip.offsetWidth))}px`;
    tip.style.top = `${inner.bottom - outer.top + 10}px`;
  };
  const rowOf = (target) => {
    const part = target.closest?.('[data-row]');
    return part ? rows[Number(part.dataset.row)] : undefined;
  };
  // A page that scrolls under a resting pointer does not point at anything: after a key, the pointer has to move first.
  let byKeys = false;
  document.addEventListener('pointermove', () => {
    byKeys = false;
  });
  plots.addEventListener('pointerover', ({ target }) => {
    if (byKeys) return;
    const row = rowOf(target);
    // A label is beside its point.
    light(row, row && figure().querySelector(`g[data-row="${row.index}"]`));
  });
  for (const part of [plots, table]) part.addEventListener('pointerleave', () => byKeys || light());
  table.addEventListener('pointerover', ({ target }) => byKeys || light(rowOf(target)));
  table.addEventListener('focusin', ({ target }) => light(rowOf(target)));
  table.addEventListener('focusout', () => light());
  plots.addEventListener('click', ({ target }) => {
    const row = target.closest('.points') && rowOf(target);
    if (row) board.toggle(row, !state.picked.includes(row.key));
  });

  // ---- By keyboard: a plot is one stop, arrow keys go through its points by cost. ----
  for (const panel of plots.querySelectorAll('.panel .drawing')) {
    panel.tabIndex = 0;
    panel.setAttribute('role', 'group');
    const name = panel.parentElement.querySelector('figcaption').textContent;
    panel.setAttribute(
      'aria-label',
      `${name}: arrow keys go through the points, Enter chooses one to compare`,
    );
    let at = -1;
    panel.addEventListener('keydown', (event) => {
      const points = [...panel.querySelectorAll('g[data-row]:not(.off)')].sort(
        (a, b) => centre(a)[0] - centre(b)[0],
      );
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step !== undefined && points.length > 0) {
        event.preventDefault();
        byKeys = true;
        at = (at + step + points.length) % points.length;
        light(rowOf(points[at]), points[at]);
      } else if (event.key === 'Escape') light();
      else if (event.key === 'Enter' && event.target === panel && lit)
        board.toggle(lit, !state.picked.includes(lit.key));
    });
    panel.addEventListener('blur', () => light());
  }

  // ---- Legend entries hide and show series: they choose strategies, as the list above the table does. ----
  const boxes = [...board.form.querySelectorAll('input[name=strategy]')];
  if (boxes.length === 0) return;
  const entries = [...plots.querySelectorAll('[data-series] li')].map((entry) => {
    const button = make('button', { type: 'button' }, ...entry.childNodes);
    entry.append(button);
    return { button, values: entry.dataset.values.split(' ') };
  });
  const isOn = ({ values }) => {
    const chosen = state.chosen.strategy;
    return !chosen || chosen.size === 0 || values.some((value) => chosen.has(value));
  };
  const mark = board.mark;
  board.mark = () => {
    mark();
    for (const entry of entries) entry.button.setAttribute('aria-pressed', String(isOn(entry)));
  };
  for (const entry of entries) {
    entry.button.addEventListener('click', () => {
      const on = new Set(
        entries.filter((each) => isOn(each) !== (each === entry)).flatMap(({ values }) => values),
      );
      const isAll = entries.every(({ values }) => values.some((value) => on.has(value)));
      state.chosen.strategy = isAll ? new Set() : on;
      for (const box of boxes) box.checked = state.chosen.strategy.has(box.value);
      board.show();
      board.remember();
    });
  }
})();
