// Chooses, sorts, hides and compares rows of the leaderboard, and counts cost in another way. Every number is on the page
// already; the page is whole without this. What a reader has chosen is kept in the address, so that it can be sent.
(() => {
  'use strict';
  const table = document.getElementById('leaderboard');
  if (table === null) return;
  const heads = [...table.tHead.rows[0].cells];
  const columnOf = new Map(heads.map((head, index) => [head.dataset.col, index]));
  const form = document.querySelector('form.tools');
  const tally = form.querySelector('output');
  const axes = [...form.querySelectorAll('details[data-axis]')].map(({ dataset }) => dataset.axis);
  const rowAxes = axes.filter((axis) => axis !== 'columns');

  // Names have narrow spaces, which nobody types.
  const folded = (text) => text.toLowerCase().replaceAll('\u202f', '');
  // In the order of the plots and of the table of costs, whatever the table is sorted by.
  const rows = [...table.querySelectorAll('tr[data-row]')]
    .map((element) => ({
      index: Number(element.dataset.row),
      element,
      key: element.id.slice(2),
      name: element.dataset.name,
      text: folded(`${element.dataset.name} ${element.dataset.strategy}`),
    }))
    .sort((a, b) => a.index - b.index);
  const cell = (row, column) => row.element.cells[columnOf.get(column)];
  const numberIn = (row, column) => {
    const { v = '' } = cell(row, column).dataset;
    return v === '' ? null : Number(v);
  };

  const costing = window.rethinkCosting;
  const state = { hidden: new Set(), picked: [], q: '', chosen: {} };

  // ---- Cost: one column of the table below, shown in the leaderboard. ----
  const costs = document.getElementById('costs');
  const costHeads = costs === null ? [] : [...costs.querySelectorAll('th[data-count]')];
  let counted;
  const count = () => {
    const wanted = costing?.name;
    const column = costHeads.findIndex((head) => head.dataset.count === wanted);
    if (column < 0 || wanted === counted) return;
    const isFirst = counted === undefined && wanted === costing.usual;
    counted = wanted;
    for (const row of rows) {
      const from = costs.querySelector(`tr[data-row="${row.index}"]`)?.cells[column + 1];
      row.cost = from && from.dataset.v !== '' ? Number(from.dataset.v) : null;
      if (from === undefined || isFirst) continue;
      const [cost, front] = ['cost', 'front'].map((name) => cell(row, name));
      const dagger = cost.querySelector('.dagger');
      const range = from.querySelector('.spread');
      const isRange = range !== null && !range.textContent.includes('#');
      cost.replaceChildren(
        from.firstChild.data,
        ...(dagger ? [dagger] : []),
        ...(isRange ? [range.cloneNode(true)] : []),
      );
      cost.dataset.v = from.dataset.v;
      front.textContent = from.dataset.p === '' ? '–' : shareOf(Number(from.dataset.p));
      front.dataset.v = from.dataset.p;
      const onFront = from.dataset.front !== undefined;
      if (onFront) front.append(hidden(' on the front'));
      row.element.classList.toggle('on-front', onFront);
    }
    document.getElementById('cost-unit').textContent = costHeads[column].dataset.unit;
    table.dispatchEvent(new Event('values'));
  };
  const shareOf = (share) => {
    const percent = Math.round(100 * share);
    return `${percent === 0 ? '<\u202f1' : percent === 100 ? '>\u202f99' : percent}\u202f%`;
  };
  const hidden = (text) => make('span', { className: 'hidden' }, text);
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // ---- Rows: found by words, chosen by axis. ----
  let shown = rows;
  const bestShown = form.querySelector('.best-shown');
  const choose = () => {
    const words = folded(state.q).split(/\s+/).filter(Boolean);
    const wanted = rowAxes.filter((axis) => state.chosen[axis]?.size > 0);
    shown = rows.filter(
      ({ text, element }) =>
        words.every((word) => text.includes(word)) &&
        wanted.every((axis) => state.chosen[axis].has(element.dataset[axis])),
    );
    const isShown = new Set(shown);
    for (const row of rows) row.element.hidden = !isShown.has(row);
    for (const body of table.tBodies) body.hidden = !body.querySelector('tr[data-row]:not([hidden])');
    const scored = shown.filter((row) => numberIn(row, 'AP') !== null);
    const best = scored.sort((a, b) => numberIn(b, 'AP') - numberIn(a, 'AP'))[0];
    bestShown.textContent =
      best === undefined || shown.length === rows.length
        ? ''
        : `Best of them: ${best.name}, AP ${[...cell(best, 'AP').childNodes].map((node) => node.textContent).join(' (')}${
            cell(best, 'AP').childNodes.length > 1 ? ')' : ''
          }`;
    tally.textContent =
      shown.length === rows.length ? `${rows.length} rows` : `${shown.length} of ${rows.length} rows`;
    for (const axis of rowAxes) {
      const chosen = [...(state.chosen[axis] ?? [])];
      const mark = form.querySelector(`details[data-axis=${axis}] .chosen`);
      mark.textContent =
        chosen.length === 0
          ? ''
          : chosen.length === 1
            ? `: ${labelOf(axis, chosen[0])}`
            : `: ${chosen.length}`;
    }
  };
  const box = (name, value) =>
    [...form.querySelectorAll(`input[type=checkbox][name=${name}]`)].find((each) => each.value === value);
  const labelOf = (axis, value) => box(axis, value)?.parentElement.textContent.trim() ?? value;

  // ---- Columns. ----
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const hide = () => {
    const cells = [...state.hidden].map((name) => `.leaderboard tr > :nth-child(${columnOf.get(name) + 1})`);
    sheet.replaceSync(cells.length === 0 ? '' : `${cells.join()} { display: none; }`);
    form.querySelector('details[data-axis=columns] .chosen').textContent =
      cells.length === 0 ? '' : `: ${cells.length} hidden`;
  };

  // ---- The address. ----
  const remember = () =>
    window.rethinkAddress.set({
      q: state.q,
      ...Object.fromEntries(rowAxes.map((axis) => [axis, [...(state.chosen[axis] ?? [])]])),
      hide: [...state.hidden].join(','),
      rows: state.picked.join(','),
    });
  /** What an address names and the page does not have is left out: it may be of an earlier state of the results. */
  const recall = () => {
    const address = window.rethinkAddress.get();
    state.q = address.get('q') ?? '';
    form.elements.q.value = state.q;
    for (const axis of rowAxes) {
      state.chosen[axis] = new Set(address.getAll(axis).filter((value) => box(axis, value)));
      for (const each of form.querySelectorAll(`input[name=${axis}]`)) {
        each.checked = state.chosen[axis].has(each.value);
      }
    }
    state.hidden = new Set((address.get('hide') ?? '').split(',').filter((name) => box('column', name)));
    for (const each of form.querySelectorAll('input[name=column]'))
      each.checked = !state.hidden.has(each.value);
    state.picked = (address.get('rows') ?? '')
      .split(',')
      .filter((key) => rows.some((row) => row.key === key));
    show();
  };
  const show = () => {
    count();
    choose();
    hide();
    board.compare();
    board.mark();
  };
  const board = {
    ...{ rows, heads, columnOf, form, table, state, make, cell, numberIn, remember, show },
    shown: () => shown,
    costing: () => counted,
    compare: () => {},
    mark: () => {},
  };
  window.rethinkBoard = board;

  costing?.onChange(show);
  form.addEventListener('input', (event) => {
    const { name, value, checked } = event.target;
    if (name === 'q') state.q = value.trim();
    else if (name === 'column') state.hidden[checked ? 'delete' : 'add'](value);
    else state.chosen[name][checked ? 'add' : 'delete'](value);
    if (name === 'column') hide();
    else {
      choose();
      board.mark();
    }
    remember();
  });
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    form.elements.q.value = state.q = '';
    for (const each of form.querySelectorAll('input[type=checkbox]')) each.checked = each.name === 'column';
    for (const axis of rowAxes) state.chosen[axis].clear();
    state.hidden.clear();
    state.picked = [];
    show();
    remember();
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  // One list open at a time; Escape closes it and goes back to its head.
  const choices = [...form.querySelectorAll('details.choice')];
  for (const choice of choices) {
    choice.addEventListener('toggle', () => {
      if (choice.open) for (const other of choices) if (other !== choice) other.open = false;
    });
    choice.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !choice.open) return;
      choice.open = false;
      choice.querySelector('summary').focus();
    });
  }
  document.addEventListener('pointerdown', (event) => {
    for (const choice of choices) if (choice.open && !choice.contains(event.target)) choice.open = false;
  });
  addEventListener('hashchange', recall);

  form.hidden = false;
  document.documentElement.classList.add('scripted');
  addEventListener('DOMContentLoaded', recall);
})();
