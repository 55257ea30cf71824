// The switches of policy and metric. The address contains them; other scripts are told of changes by an event.
(() => {
  'use strict';
  const switches = document.querySelector('.switches');
  if (switches === null) return;
  const address = window.rethinkAddress;
  const names = ['policy', 'metric'];
  const radios = (name) => [...switches.querySelectorAll(`input[name=${name}]`)];
  const usual = {};
  for (const name of names) usual[name] = radios(name)[0].value;
  const tell = () => switches.dispatchEvent(new Event('costing'));
  const costing = {
    get name() {
      return names.map((name) => radios(name).find(({ checked }) => checked).value).join('-');
    },
    usual: Object.values(usual).join('-'),
    onChange: (listen) => switches.addEventListener('costing', listen),
  };
  const recall = () => {
    const given = address.get();
    for (const name of names) {
      const wanted = radios(name).find(({ value }) => value === given.get(name));
      (wanted ?? radios(name)[0]).checked = true;
    }
    tell();
  };
  switches.addEventListener('change', ({ target: { name, value } }) => {
    address.set({ [name]: value === usual[name] ? '' : value });
    tell();
  });
  addEventListener('hashchange', recall);
  window.rethinkCosting = costing;
  recall();
})();
