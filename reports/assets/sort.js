// Sorts tables by their column heads. The pages are whole without it. The order is kept in the address.
(() => {
  'use strict';
  for (const table of document.querySelectorAll('table[data-sortable]')) {
    const body = table.tBodies[0];
    const original = [...body.rows];
    const heads = [...table.querySelectorAll('th[data-sort]')];
    // Heads stand in two lines: their column is that of the first row's cell with the same place.
    const columns = columnsOf(table);
    const sort = (head, direction) => {
      const column = columns.get(head);
      const value = (row) => {
        const cell = row.cells[column];
        const given = cell.dataset.v;
        return given === undefined ? cell.textContent.trim() : given === '' ? null : Number(given);
      };
      const sign = direction === 'ascending' ? 1 : -1;
      const rows = original
        .map((row) => [value(row), row])
        .sort(([a], [b]) => {
          if (a === null || b === null) return (a === null) - (b === null);
          return sign * (typeof a === 'number' ? a - b : a.localeCompare(b, 'en', { numeric: true }));
        });
      body.append(...rows.map(([, row]) => row));
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', direction);
    };
    for (const head of heads) {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const first = head.dataset.sort === 'down' ? 'descending' : 'ascending';
        const second = first === 'ascending' ? 'descending' : 'ascending';
        const direction = head.getAttribute('aria-sort') === first ? second : first;
        sort(head, direction);
        history.replaceState(null, '', `#sort=${columns.get(head)},${direction}`);
      });
    }
    const match = /^#sort=(\d+),(ascending|descending)$/.exec(location.hash);
    const wanted = match && heads.find((head) => columns.get(head) === Number(match[1]));
    if (wanted) sort(wanted, match[2]);
  }

  /** Head cell → index of its column, with row spans and column spans counted. */
  function columnsOf(table) {
    const taken = [];
    const columns = new Map();
    [...table.tHead.rows].forEach((row, line) => {
      let column = 0;
      for (const cell of row.cells) {
        while (taken[line]?.[column]) column++;
        columns.set(cell, column);
        for (let down = 0; down < cell.rowSpan; down++) {
          for (let right = 0; right < cell.colSpan; right++) {
            (taken[line + down] ??= [])[column + right] = true;
          }
        }
        column += cell.colSpan;
      }
    });
    return columns;
  }
})();
