// Draws the boxes of any two trials over the same images. The page is whole without it: it then shows two trials at one
// threshold. What is chosen is kept in the address. Data come as scripts, which a page opened from disk may load.
(() => {
  'use strict';
  const kinds = ['right', 'classification', 'localisation', 'both', 'duplicate', 'background'];
  const svgName = 'http://www.w3.org/2000/svg';
  const loaded = new Map();
  const waiting = new Map();

  /** Called by the data files. */
  window.rethinkGallery = (gallery, id, value) => {
    loaded.set(`${gallery}-${id}`, value);
  };

  const load = (name) => {
    if (!waiting.has(name)) {
      waiting.set(
        name,
        new Promise((resolve, reject) => {
          const script = document.createElement('script');
          script.src = `gallery/${name}.js`;
          script.onload = () => (loaded.has(name) ? resolve(loaded.get(name)) : reject(new Error(name)));
          script.onerror = () => reject(new Error(name));
          document.head.append(script);
        }),
      );
    }
    return waiting.get(name);
  };

  const html = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const svg = (name, attributes) => {
    const element = document.createElementNS(svgName, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const shorten = (text) => (text.length > 14 ? `${text.slice(0, 13)}…` : text);
  const round = (value) => Math.round(value * 100) / 100;

  /** What is to be seen of an image: TIDE's rules for the detections above the threshold alone. */
  const judge = (image, detections, { score, category }) => {
    const inCategory = (index) => category === '' || index === Number(category);
    const above = detections.filter(([, , , , , value]) => value >= score);
    const found = new Set();
    const mistaken = new Set();
    for (const [, , , , , , kind, object] of above) {
      if (kind === 0) found.add(object);
      else if (kinds[kind] === 'classification' || kinds[kind] === 'localisation') mistaken.add(object);
    }
    const objects = image.objects.map(([x, y, w, h, index], at) => ({
      box: [x, y, w, h],
      index,
      isFound: found.has(at),
      isMissed: !found.has(at) && !mistaken.has(at),
    }));
    const boxes = above.map(([x, y, w, h, index, value, kind, object]) => ({
      box: [x, y, w, h],
      index,
      score: value,
      kind: kinds[kind],
      // A detection of another category on an object of this one belongs here, too.
      belongs: inCategory(index) || (object >= 0 && inCategory(image.objects[object][4])),
    }));
    const shown = {
      objects: objects.filter(({ index }) => inCategory(index)),
      boxes: boxes.filter(({ belongs }) => belongs),
    };
    const right = shown.boxes.filter(({ kind, index }) => kind === 'right' && inCategory(index)).length;
    const total = shown.objects.length + shown.boxes.length;
    const errors = new Map();
    for (const { kind } of shown.boxes) if (kind !== 'right') errors.set(kind, (errors.get(kind) ?? 0) + 1);
    const missed = shown.objects.filter(({ isMissed }) => isMissed).length;
    if (missed > 0) errors.set('missed', missed);
    return { ...shown, right, errors, f1: total === 0 ? 1 : (2 * right) / total };
  };

  const draw = (image, judged, categories, error) => {
    const { width, height } = image;
    const boxes = judged.boxes.filter(({ kind }) => error === '' || kind === error);
    const objects = judged.objects.filter(({ isMissed }) => error !== 'missed' || isMissed);
    const size = Math.max(width, height) / 26;
    const spoken = (list, word) =>
      list.map((each) => `${categories[each.index]}${word(each)}`).join(', ') || 'none';
    const root = svg('svg', {
      class: 'image',
      role: 'img',
      viewBox: `0 0 ${width} ${height}`,
      'aria-label':
        `${image.name}. Objects: ${spoken(objects, ({ isFound }) => (isFound ? '' : ' (not found)'))}. ` +
        `Detections: ${spoken(boxes, ({ score, kind }) => ` ${score.toFixed(2)}${kind === 'right' ? '' : ` (${kind})`}`)}.`,
    });
    root.append(svg('image', { href: image.href, width, height, preserveAspectRatio: 'none' }));
    const rectangle = ([x, y, w, h], name) =>
      svg('rect', { class: name, x, y, width: w, height: h, 'vector-effect': 'non-scaling-stroke' });
    for (const { box } of objects) root.append(rectangle(box, 'truth-case'), rectangle(box, 'truth'));
    for (const { box, kind } of boxes) {
      const name = kind === 'right' ? 'right' : 'wrong';
      root.append(rectangle(box, `${name}-case`), rectangle(box, name));
    }
    for (const { box, kind, index, score } of boxes) {
      const [x, y, , h] = box;
      const text = `${kind === 'right' ? '' : '✕ '}${shorten(categories[index])} ${score.toFixed(2)}`;
      const label = svg('text', {
        class: kind === 'right' ? 'right-label' : 'wrong-label',
        x: round(Math.max(0, Math.min(x, width - text.length * size * 0.55))),
        y: round(y > size * 1.2 ? y - size * 0.28 : Math.min(height - size * 0.3, y + h + size)),
        'font-size': round(size),
        'stroke-width': round(size / 4),
      });
      label.textContent = text;
      root.append(label);
    }
    return root;
  };

  const errorsText = (errors) => [...errors].map(([kind, count]) => `${count} ${kind}`).join(', ');

  const start = (section) => {
    const name = section.dataset.gallery;
    const form = section.querySelector('[data-controls]');
    const status = section.querySelector('[data-status]');
    const list = section.querySelector('[data-pairs]');
    const fields = ['left', 'right', 'score', 'category', 'error', 'group', 'order'];
    // The first gallery has the address's plain names; others carry their own.
    const prefix = name === 'validation' ? '' : `${name}-`;
    const initial = Object.fromEntries(fields.map((field) => [field, form.elements[field].value]));

    const fromAddress = () => {
      const given = window.rethinkAddress.get();
      for (const field of fields) {
        const control = form.elements[field];
        const wanted = given.get(prefix + field) ?? initial[field];
        const isKnown =
          control.options === undefined || [...control.options].some(({ value }) => value === wanted);
        control.value = isKnown ? wanted : initial[field];
      }
    };
    const toAddress = () => {
      const valueOf = (field) => form.elements[field].value;
      const entries = fields.map((field) => [
        prefix + field,
        valueOf(field) === initial[field] ? '' : valueOf(field),
      ]);
      window.rethinkAddress.set(Object.fromEntries(entries));
    };

    let turn = 0;
    const show = async () => {
      const own = ++turn;
      const chosen = Object.fromEntries(fields.map((field) => [field, form.elements[field].value]));
      const filters = { score: Number(chosen.score), category: chosen.category };
      form.querySelector('[data-score]').textContent = filters.score.toFixed(2);
      let data;
      try {
        data = await Promise.all(['truth', chosen.left, chosen.right].map((id) => load(`${name}-${id}`)));
      } catch {
        if (own === turn)
          status.textContent = 'The data of this choice can’t be loaded: is the folder whole?';
        return;
      }
      // Somebody chose again while this was loading.
      if (own !== turn) return;
      const [{ categories, images }, ...sides] = data;
      const pairs = images
        .map((image, at) => ({
          image,
          sides: sides.map((detections) => judge(image, detections[at], filters)),
        }))
        .filter(({ image }) => chosen.group === '' || image.group === chosen.group)
        .filter(({ sides: both }) => both[0].objects.length + both[0].boxes.length + both[1].boxes.length > 0)
        .filter(
          ({ sides: both }) => chosen.error === '' || both.some(({ errors }) => errors.has(chosen.error)),
        );
      const orders = {
        worst: (a, b) => a.sides[0].f1 - b.sides[0].f1,
        best: (a, b) => b.sides[0].f1 - a.sides[0].f1,
        difference: (a, b) =>
          Math.abs(b.sides[0].f1 - b.sides[1].f1) - Math.abs(a.sides[0].f1 - a.sides[1].f1),
      };
      if (orders[chosen.order] !== undefined) pairs.sort(orders[chosen.order]);
      const groupNames = new Map([...form.elements.group.options].map(({ value, text }) => [value, text]));
      list.replaceChildren(
        ...pairs.map(({ image, sides: both }) => {
          const figure = html('figure', 'pair');
          const row = html('div', 'pair-sides');
          for (const judged of both) {
            const side = html('div');
            const caption = html('p', '', `${judged.right} of ${judged.objects.length} found`);
            if (judged.errors.size > 0)
              caption.append(' ', html('span', 'errors', errorsText(judged.errors)));
            side.append(draw(image, judged, categories, chosen.error), caption);
            row.append(side);
          }
          const caption = html('figcaption');
          caption.append(
            html('span', '', image.name),
            ' ',
            html('span', 'meta', groupNames.get(image.group)),
          );
          figure.append(row, caption);
          return figure;
        }),
      );
      const sum = (side, of) => pairs.reduce((total, { sides: both }) => total + of(both[side]), 0);
      const words = (side) =>
        `${sum(side, ({ right }) => right)} of ${sum(side, ({ objects }) => objects.length)} objects found, ` +
        `${sum(side, ({ boxes }) => boxes.filter(({ kind }) => kind !== 'right').length)} wrong`;
      status.textContent =
        pairs.length === 0
          ? 'No image has what was chosen.'
          : `${pairs.length} ${pairs.length === 1 ? 'image' : 'images'}. Left: ${words(0)}. Right: ${words(1)}.`;
      for (const side of ['left', 'right']) {
        section.querySelector(`[data-side="${side}"]`).textContent =
          form.elements[side].selectedOptions[0].textContent;
      }
    };

    form.hidden = false;
    section.classList.add('is-live');
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('input', () => {
      toAddress();
      void show();
    });
    window.addEventListener('hashchange', () => {
      fromAddress();
      void show();
    });
    fromAddress();
    void show();
  };

  for (const section of document.querySelectorAll('[data-gallery]')) start(section);
})();
