// Sorts tables by their column heads, each body separately. The pages are complete without it. The address contains the order.
(() => {
  'use strict';
  const valueOf = ({ dataset, textContent }) => {
    if (dataset.vText !== undefined) return dataset.vText;
    return dataset.v === undefined ? textContent.trim() : dataset.v === '' ? null : Number(dataset.v);
  };
  for (const [index, table] of [...document.querySelectorAll('table[data-sortable]')].entries()) {
    const key = table.dataset.sortable || `sort${index === 0 ? '' : index + 1}`;
    const bodies = [...table.tBodies].map((body) => [
      body,
      [...body.rows].filter((row) => !row.classList.contains('group')),
    ]);
    const heads = [...table.querySelectorAll('th[data-sort]')];
    const nameOf = (head) => head.dataset.col ?? String(head.cellIndex);
    const sort = () => {
      const head = heads.find((each) => each.ariaSort !== null);
      const sign = head?.ariaSort === 'descending' ? -1 : 1;
      for (const [body, rows] of bodies) {
        const sorted = rows.map((row) => [head && valueOf(row.cells[head.cellIndex]), row]);
        if (head !== undefined)
          sorted.sort(([a], [b]) => {
            if (a === null || b === null) return (a === null) - (b === null);
            return sign * (typeof a === 'number' ? a - b : a.localeCompare(b, 'en', { numeric: true }));
          });
        const now = body.querySelectorAll('tr:not(.group)');
        if (sorted.some(([, row], at) => row !== now[at])) body.append(...sorted.map(([, row]) => row));
      }
    };
    const order = (head, direction) => {
      for (const other of heads) other.ariaSort = other === head ? direction : null;
      sort();
    };
    for (const head of heads) {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const turns = ['ascending', 'descending'];
        if (head.dataset.sort === 'down') turns.reverse();
        // The third click restores the order that the page was built with.
        const next = [...turns, null][turns.indexOf(head.ariaSort) + 1];
        order(next === null ? undefined : head, next);
        window.rethinkAddress.set({ [key]: next === null ? '' : `${nameOf(head)},${next}` });
      });
    }
    const recall = () => {
      const given = window.rethinkAddress.get().get(key) ?? '';
      const [, name, direction] = /^(\w+),(ascending|descending)$/.exec(given) ?? [];
      order(direction && heads.find((head) => nameOf(head) === name), direction);
    };
    // Sent by scripts that replace a column's values.
    table.addEventListener('values', sort);
    addEventListener('hashchange', recall);
    recall();
  }
})();
