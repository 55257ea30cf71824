// Sorts tables by their column heads. The pages are whole without it. The order is kept in the address.
(() => {
  'use strict';
  const tables = [...document.querySelectorAll('table[data-sortable]')];
  // The address may hold more than orders: what others keep there stays.
  const address = () => new URLSearchParams(location.hash.slice(1));
  for (const [index, table] of tables.entries()) {
    const key = index === 0 ? 'sort' : `sort${index + 1}`;
    const body = table.tBodies[0];
    const original = [...body.rows];
    const heads = [...table.querySelectorAll('th[data-sort]')];
    const columns = new Map(heads.map((head) => [head, head.cellIndex]));
    const sort = (head, direction) => {
      const column = columns.get(head);
      const value = (row) => {
        const cell = row.cells[column];
        if (cell.dataset.vText !== undefined) return cell.dataset.vText;
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
        const next = address();
        next.set(key, `${columns.get(head)},${direction}`);
        history.replaceState(null, '', `#${next.toString().replaceAll('%2C', ',')}`);
      });
    }
    const match = /^(\d+),(ascending|descending)$/.exec(address().get(key) ?? '');
    const wanted = match && heads.find((head) => columns.get(head) === Number(match[1]));
    if (wanted) sort(wanted, match[2]);
  }
})();
