// Answers for one budget: reads them from the table of winners. The budget is kept in the address. The page is complete
// without this script.
(() => {
  'use strict';
  const asked = document.querySelector('.asked');
  if (asked === null) return;
  const slider = asked.querySelector('input[type=range]');
  const amount = asked.querySelector('output');
  const answers = asked.querySelector('.answers');
  const costing = window.rethinkCosting;
  const map = () => document.querySelector(`.map[data-costing="${costing.name}"]`);
  const cost = () => map().dataset.cost.split(' ').map(Number);

  const show = () => {
    const { budgets, last } = map().dataset;
    slider.max = last;
    const step = Number(slider.value);
    const text = budgets.split('|')[step];
    amount.textContent = text;
    slider.setAttribute('aria-valuetext', text);
    const list = document.createElement('dl');
    const lines = [...document.querySelectorAll(`[data-costing="${costing.name}"] .winners tbody tr`)];
    const fractions = [...new Set(lines.map((line) => line.cells[0].textContent))];
    for (const fraction of fractions) {
      const line = lines.find(
        ({ cells, dataset }) =>
          cells[0].textContent === fraction && Number(dataset.from) <= step && step < Number(dataset.to),
      );
      const entry = document.createElement('div');
      const term = document.createElement('dt');
      term.append(`${fraction} of the labels`);
      const answer = document.createElement('dd');
      if (line === undefined) answer.append('nothing is that cheap');
      else answer.append(...inWords(line));
      entry.append(term, answer);
      list.append(entry);
    }
    answers.replaceChildren(list);
    point(step);
  };
  const inWords = (line) => {
    const [, , winner, AP, best, ties] = line.cells;
    const strong = document.createElement('strong');
    strong.append(...[...winner.childNodes].map((node) => node.cloneNode(true)));
    const score = document.createElement('span');
    score.className = 'score';
    const interval = AP.querySelector('.spread')?.textContent;
    score.append(`AP ${AP.firstChild.data}${interval ? ` (${interval})` : ''}`);
    const note = document.createElement('p');
    note.className = 'meta';
    const isSure = ties.textContent.trim() === 'none';
    if (best.textContent === 'alone') note.append('The only row that is that cheap.');
    else if (isSure)
      note.append(`Significantly better than all others; the best in ${best.textContent} of the resamples.`);
    else if (best.textContent === 'not known') note.append('The certainty of this is unknown.');
    else {
      note.append(`A tie: best with ${best.textContent}. Not significantly better than `);
      note.append(...[...ties.childNodes].map((node) => node.cloneNode(true)));
    }
    return [strong, ' ', score, note];
  };
  /** Position of a budget in the map, and back. */
  const scaleOf = (figure, svg) => {
    const [values, [, , width, height]] = [cost(), svg.getAttribute('viewBox').split(' ').map(Number)];
    const end = values.at(-1) * (values.at(-1) / values[0]) ** (1 / values.length);
    const ratio = Math.log(Math.max(end, values[0] * 1.2) / values[0]);
    const [left, right] = [Number(figure.dataset.left), Number(figure.dataset.right)];
    const inside = width - left - right;
    return {
      ...{ width, height },
      x: (step) => left + (Math.log(values[step] / values[0]) / ratio) * inside,
      step: (x) =>
        values.findLastIndex((value) => Math.log(value / values[0]) <= ((x - left) / inside) * ratio),
    };
  };
  const point = (step) => {
    const figure = map();
    for (const svg of figure.querySelectorAll('svg')) {
      svg.querySelector('.budget-line')?.remove();
      const { x, height } = scaleOf(figure, svg);
      const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      line.setAttribute('class', 'budget-line');
      line.setAttribute('d', `M${x(step) + 1},2V${height - 40}`);
      svg.append(line);
    }
  };
  for (const svg of document.querySelectorAll('.map svg')) {
    svg.addEventListener('click', ({ clientX }) => {
      const { left, width: shown } = svg.getBoundingClientRect();
      const { width, step } = scaleOf(map(), svg);
      slider.value = Math.max(0, step(((clientX - left) / shown) * width));
      show();
      remember();
    });
  }

  const remember = () => window.rethinkAddress.set({ budget: cost()[Number(slider.value)] });
  /** The largest step within what the address names; another metric's budget means nothing on this one. */
  const recall = () => {
    const budget = Number(window.rethinkAddress.get().get('budget'));
    const values = cost();
    slider.max = values.length - 1;
    const within = values.findLastIndex((value) => value <= budget * (1 + 1e-9));
    slider.value = within < 0 ? Math.floor(values.length / 2) : within;
    show();
  };
  slider.addEventListener('input', () => {
    show();
    remember();
  });
  let shown = costing.name;
  costing.onChange(() => {
    if (costing.name === shown) return;
    shown = costing.name;
    // The same share of another scale: cheap stays cheap.
    const share = Number(slider.max) === 0 ? 0 : Number(slider.value) / Number(slider.max);
    slider.max = map().dataset.last;
    slider.value = Math.round(share * Number(slider.max));
    show();
    remember();
  });
  addEventListener('hashchange', recall);
  asked.hidden = false;
  recall();
})();
