'use strict';
// Fetches the page again whenever the server reports a change, and replaces its main part.
(() => {
  let busy = false;
  async function refresh() {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch('/live', { cache: 'no-store' });
      if (!answer.ok) return;
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
      // Read without scripting, what is meant for pages without scripts would come to life.
      next?.querySelector('noscript')?.remove();
      const main = document.querySelector('main');
      if (next !== null && main !== null) main.replaceChildren(...next.childNodes);
    } finally {
      busy = false;
    }
  }
  const events = new EventSource('/live/events');
  events.onmessage = () => void refresh();
  // Times go on although nothing has changed.
  setInterval(() => document.visibilityState === 'visible' && void refresh(), 10_000);
})();
