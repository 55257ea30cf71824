// The address contains what a reader has chosen, so that it can be shared; each script has its own keys.
window.rethinkAddress = {
  get: () => new URLSearchParams(location.hash.slice(1)),
  /** Sets keys to a value or to a list of values; empty ones are left out, and other keys stay. */
  set(entries) {
    const address = this.get();
    for (const [key, values] of Object.entries(entries)) {
      address.delete(key);
      for (const value of [values].flat()) if (value !== '') address.append(key, value);
    }
    const text = address.toString().replaceAll('%2C', ',');
    history.replaceState(null, '', text === '' ? location.pathname + location.search : `#${text}`);
  },
};
