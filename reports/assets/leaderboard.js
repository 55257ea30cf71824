// Chooses, sorts, hides and compares rows of the leaderboard, and counts cost in another way. Every number is on the page
// already; the page is whole without this. What a reader has chosen is kept in the address, so that it can be sent.
(() => {
  'use strict';
  const table = document.getElementById('leaderboard');
  if (table === null) return;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const place = new Map(heads.map((head, index) => [head.dataset.col, index]));
  const form = document.querySelector('form.tools');
  const tally = form.querySelector('output');
  const panel = document.querySelector('.compare');
  const axes = [...form.querySelectorAll('details[data-axis]')].map(({ dataset }) => dataset.axis);
  const rowAxes = axes.filter((axis) => axis !== 'columns');

  const rows = [...body.rows].map((element, index) => ({
    index,
    element,
    key: element.id.slice(2),
    name: element.dataset.name,
    text: element.dataset.name.toLowerCase(),
    axes: Object.fromEntries(
      rowAxes.map((axis) => {
        const { dataset, textContent } = element.cells[place.get(axis)];
        return [axis, dataset.vText ?? dataset.v ?? textContent];
      }),
    ),
  }));

  const radios = (name) => [...document.querySelectorAll(`input[type=radio][name=${name}]`)];
  const defaults = { policy: radios('policy')[0]?.value, metric: radios('metric')[0]?.value };
  const state = { ...defaults, sort: undefined, hidden: new Set(), picked: [], q: '', chosen: {} };

  // ---- Cost: one column of the table below, shown in the leaderboard. ----
  const costs = document.getElementById('costs');
  const costHeads = costs === null ? [] : [...costs.querySelectorAll('th[data-count]')];
  let counted;
  const count = () => {
    const wanted = `${state.policy}-${state.metric}`;
    const column = costHeads.findIndex((head) => head.dataset.count === wanted);
    if (column < 0 || wanted === counted) return;
    const isFirst = counted === undefined && wanted === `${defaults.policy}-${defaults.metric}`;
    counted = wanted;
    const ranked = [...costs.tBodies[0].rows];
    rows.forEach((row, index) => {
      const from = ranked[index]?.cells[column + 1];
      row.cost = from && from.dataset.v !== '' ? Number(from.dataset.v) : null;
      if (from === undefined || isFirst) return;
      const [cost, value, front] = ['cost', 'value', 'front'].map(
        (name) => row.element.cells[place.get(name)],
      );
      const dagger = cost.querySelector('.dagger');
      const range = from.querySelector('.spread:not(:has(.front-mark)):nth-of-type(1)');
      const isRange = range !== null && !range.textContent.includes('#');
      cost.replaceChildren(
        from.firstChild.data,
        ...(dagger ? [dagger] : []),
        ...(isRange ? [range.cloneNode(true)] : []),
      );
      cost.dataset.v = from.dataset.v;
      value.textContent = from.dataset.k || '–';
      value.dataset.v = from.dataset.k;
      front.textContent = from.dataset.p === '' ? '–' : shareOf(Number(from.dataset.p));
      front.dataset.v = from.dataset.p;
      const onFront = from.dataset.front !== undefined;
      if (onFront) front.append(hidden(' on the front'));
      row.element.classList.toggle('on-front', onFront);
    });
    document.getElementById('cost-unit').textContent = costHeads[column].dataset.unit;
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
  const choose = () => {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = rowAxes.filter((axis) => state.chosen[axis]?.size > 0);
    shown = rows.filter(
      (row) =>
        words.every((word) => row.text.includes(word)) &&
        wanted.every((axis) => state.chosen[axis].has(row.axes[axis])),
    );
    const isShown = new Set(shown);
    for (const row of rows) row.element.hidden = !isShown.has(row);
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

  // ---- Plot: rows that are not shown are faint, and those that are have a front of their own. ----
  const mark = () => {
    const figure = document.querySelector(`.plot[data-plot="${counted}"]`);
    if (figure === null) return;
    const isAll = shown.length === rows.length;
    const isShown = new Set(shown.map((row) => row.index));
    const isPicked = new Set(state.picked.map((key) => rows.find((row) => row.key === key)?.index));
    for (const svg of figure.querySelectorAll('svg')) {
      const points = new Map();
      for (const point of svg.querySelectorAll('.points [data-row]')) {
        const index = Number(point.dataset.row);
        points.set(index, point);
        point.classList.toggle('off', !isShown.has(index));
        point.classList.toggle('picked', isPicked.has(index));
      }
      svg.querySelector('.front-of-shown')?.remove();
      svg.classList.toggle('chosen', !isAll);
      if (isAll) continue;
      const front = frontOf(shown.filter(({ index }) => points.has(index)));
      const path = front.map(({ index }, step) => {
        const [x, y] = points
          .get(index)
          .querySelector('.point')
          .getAttribute('transform')
          .match(/-?[\d.]+/g);
        return step === 0 ? `M${x},${y}` : `H${x}V${y}`;
      });
      const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      line.setAttribute('class', 'front-of-shown');
      line.setAttribute('d', path.join(''));
      svg.querySelector('.points').before(line);
    }
    document.querySelector('.of-shown').hidden = isAll || shown.length === 0;
  };
  const score = (row) => Number(row.element.cells[place.get('AP')].dataset.v);
  const frontOf = (candidates) => {
    let best = -Infinity;
    return candidates
      .filter((row) => row.cost !== null && row.element.cells[place.get('AP')].dataset.v !== '')
      .sort((a, b) => a.cost - b.cost || score(b) - score(a))
      .filter((row) => score(row) > best && ((best = score(row)), true));
  };

  // ---- Order. ----
  const valueOf = (row, column) => {
    const { dataset, textContent } = row.element.cells[column];
    if (dataset.vText !== undefined) return dataset.vText;
    return dataset.v === undefined ? textContent.trim() : dataset.v === '' ? null : Number(dataset.v);
  };
  let order = rows;
  const sort = () => {
    for (const head of heads) head.removeAttribute('aria-sort');
    let sorted = rows;
    if (state.sort !== undefined) {
      const column = place.get(state.sort.column);
      const sign = state.sort.direction === 'ascending' ? 1 : -1;
      heads[column].setAttribute('aria-sort', state.sort.direction);
      sorted = rows
        .map((row) => [valueOf(row, column), row])
        .sort(([a, x], [b, y]) => {
          if (a === null || b === null) return (a === null) - (b === null) || x.index - y.index;
          const by = typeof a === 'number' ? a - b : a.localeCompare(b, 'en', { numeric: true });
          return sign * by || x.index - y.index;
        })
        .map(([, row]) => row);
    }
    if (sorted.every((row, index) => row === order[index])) return;
    order = sorted;
    body.append(...sorted.map(({ element }) => element));
  };
  for (const head of heads) {
    if (head.dataset.sort === undefined) continue;
    const button = make('button', { type: 'button' }, ...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const first = head.dataset.sort === 'down' ? 'descending' : 'ascending';
      const second = first === 'ascending' ? 'descending' : 'ascending';
      state.sort = {
        column: head.dataset.col,
        direction: head.getAttribute('aria-sort') === first ? second : first,
      };
      sort();
      remember();
    });
  }

  // ---- Columns: the style sheet hides what the table names. ----
  const hide = () => {
    table.dataset.hide = [...state.hidden].map((name) => place.get(name) + 1).join(' ');
    form.querySelector('details[data-axis=columns] .chosen').textContent =
      state.hidden.size === 0 ? '' : `: ${state.hidden.size} hidden`;
  };

  // ---- Comparing. ----
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
    mark();
    remember();
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
    const cell = (each) => each.element.cells[place.get('AP')].dataset.v;
    if (cell(row) === '' || cell(first) === '') return ['–'];
    const apart = 100 * (score(row) - score(first));
    const width = widthOf(row, first);
    if (width === undefined) return [signed(apart)];
    const [low, high] = [apart - width, apart + width];
    const verdict = low > 0 ? 'better' : high < 0 ? 'worse' : 'not told apart';
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
      const copy = row.element.cells[place.get(name)].cloneNode(true);
      for (const left of copy.querySelectorAll('.pick, .front-mark')) left.remove();
      return [...copy.childNodes];
    };
    const lines = [
      ['Rank', cells('rank')],
      ['AP', cells('AP')],
      ['AP − AP of the first', (row) => difference(row, first)],
      ...['AP50', 'AP75', 'APs', 'APm', 'APl'].map((name) => [
        heads[place.get(name)].textContent,
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
        ? 'The interval of a difference holds together with those of all other pairs of rows; resamples are paired, so it is narrower than those of the two rows let expect.'
        : 'Choose another row to see the difference.';
    const scroll = make('div', { className: 'scroll', tabIndex: 0 }, grid);
    scroll.setAttribute('role', 'region');
    scroll.setAttribute('aria-label', 'Rows compared');
    panel.replaceChildren(scroll, make('p', { className: 'note' }, note));
  };

  // ---- The address. ----
  const lists = ['init', 'augmentation', 'strategy', 'fraction', 'status'];
  const remember = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    for (const key of ['policy', 'metric', 'by', 'q', 'hide', 'rows', ...lists]) address.delete(key);
    for (const name of ['policy', 'metric'])
      if (state[name] !== defaults[name]) address.set(name, state[name]);
    if (state.sort !== undefined) {
      address.set('by', `${state.sort.column},${state.sort.direction}`);
    }
    if (state.q !== '') address.set('q', state.q);
    for (const axis of rowAxes) for (const value of state.chosen[axis] ?? []) address.append(axis, value);
    if (state.hidden.size > 0) address.set('hide', [...state.hidden].join(','));
    if (state.picked.length > 0) address.set('rows', state.picked.join(','));
    const text = address.toString();
    history.replaceState(null, '', text === '' ? location.pathname + location.search : `#${text}`);
  };
  /** What an address names and the page does not have is left out: it may be of an earlier state of the results. */
  const recall = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    for (const name of ['policy', 'metric']) {
      const radio = radios(name).find(({ value }) => value === address.get(name));
      state[name] = radio?.value ?? defaults[name];
      for (const each of radios(name)) each.checked = each.value === state[name];
    }
    const [column, direction] = (address.get('by') ?? '').split(',');
    const isSort =
      heads[place.get(column)]?.dataset.sort !== undefined && ['ascending', 'descending'].includes(direction);
    state.sort = isSort ? { column, direction } : undefined;
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
    state.picked = (address.get('rows') ?? '').split(',').filter((key) => boxes.has(key));
    show();
  };
  const show = () => {
    count();
    choose();
    sort();
    hide();
    compare();
    mark();
  };

  for (const name of ['policy', 'metric']) {
    for (const radio of radios(name)) {
      radio.addEventListener('change', () => {
        state[name] = radio.value;
        show();
        remember();
      });
    }
  }
  form.addEventListener('input', (event) => {
    const { name, value, checked } = event.target;
    if (name === 'q') state.q = value.trim();
    else if (name === 'column') state.hidden[checked ? 'delete' : 'add'](value);
    else state.chosen[name][checked ? 'add' : 'delete'](value);
    if (name === 'column') hide();
    else {
      choose();
      mark();
    }
    remember();
  });
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    form.elements.q.value = state.q = '';
    for (const each of form.querySelectorAll('input[type=checkbox]')) each.checked = each.name === 'column';
    for (const axis of rowAxes) state.chosen[axis].clear();
    state.hidden.clear();
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
  recall();
})();
