(() => {
  'use strict';
  const root = document.documentElement;
  root.classList.add('js');
  const $ = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll('details.s')];
  const areas = [...document.querySelectorAll('.area')].map((el) => ({ el, rows: [...el.querySelectorAll('details.s')] }));
  const box = $('q');
  const say = (text) => { $('said').textContent = text; };

  // The theme: the system's, light or dark. Where nothing can be kept, it lasts as long as the page.
  const themes = ['system', 'light', 'dark'];
  let theme = 0;
  try { theme = Math.max(0, themes.indexOf(localStorage.getItem('graphpact-theme'))); } catch { /* not allowed */ }
  const showTheme = () => {
    if (theme) root.dataset.theme = themes[theme]; else delete root.dataset.theme;
    $('theme').textContent = 'Theme: ' + themes[theme];
  };
  const nextTheme = () => {
    theme = (theme + 1) % themes.length;
    try { localStorage.setItem('graphpact-theme', themes[theme]); } catch { /* not allowed */ }
    showTheme();
  };
  $('theme').addEventListener('click', nextTheme);
  showTheme();

  // A filter is words and field:value pairs, each of which "-" negates.
  const fields = { verdict: true, level: true, source: true, area: false, id: false, class: false, tag: false, page: false };
  const parse = (text) => {
    const terms = [];
    for (const [, not, field, quoted, word] of text.matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi)) {
      let name = (field || '').toLowerCase();
      let value = (quoted ?? word).toLowerCase();
      if (name && !(name in fields)) { value = name + ':' + value; name = ''; }
      if (value) terms.push({ not: not !== '', field: name, values: name ? value.split(',').filter(Boolean) : [value] });
    }
    return terms;
  };
  const texts = new Map();
  const textOf = (row) => {
    let text = texts.get(row);
    if (text === undefined) {
      text = (row.firstElementChild.textContent + ' ' + row.dataset.area + ' ' + (row.dataset.class || '')).toLowerCase();
      texts.set(row, text);
    }
    return text;
  };
  const meets = (row, term) => {
    if (!term.field) return textOf(row).includes(term.values[0]);
    const has = (row.dataset[term.field] || '').toLowerCase();
    return term.values.some((v) => (fields[term.field] ? has === v : has.includes(v)));
  };
  // Of one field any of the values is enough; of several fields and words each must hold.
  const chosen = (row, terms) => {
    const wanted = {};
    for (const t of terms) {
      const ok = meets(row, t);
      if (t.not) { if (ok) return false; } else if (!t.field) { if (!ok) return false; } else wanted[t.field] = wanted[t.field] || ok;
    }
    return Object.values(wanted).every(Boolean);
  };
  const chips = [...document.querySelectorAll('.filter')];
  const stateOf = (terms, chip) => {
    const t = terms.find((x) => x.field === chip.dataset.field && x.values.includes(chip.dataset.value));
    return t ? (t.not ? 'not' : 'only') : '';
  };
  const filter = () => {
    const terms = parse(box.value);
    let n = 0;
    for (const row of rows) {
      const show = chosen(row, terms);
      if (row.hidden === show) row.hidden = !show;
      if (show) n++;
    }
    for (const a of areas) a.el.hidden = a.rows.every((r) => r.hidden);
    $('shown').textContent = n + ' of ' + rows.length + ' shown';
    for (const chip of chips) {
      const state = stateOf(terms, chip);
      chip.dataset.state = state;
      chip.setAttribute('aria-pressed', state === '' ? 'false' : state === 'only' ? 'true' : 'mixed');
      chip.title = state === 'only' ? 'only these; press for none of these' : state === 'not' ? 'none of these; press for all' : 'press for only these';
    }
  };
  const address = (hash) => { try { history.replaceState(null, '', hash || '#'); } catch { /* not allowed */ } };
  const setFilter = (text) => {
    box.value = text;
    filter();
    address(text && '#?' + encodeURI(text));
  };
  let waiting = 0;
  box.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(() => setFilter(box.value), 120); });
  for (const chip of chips) {
    chip.addEventListener('click', () => {
      const { field, value } = chip.dataset;
      const terms = parse(box.value);
      const state = stateOf(terms, chip);
      const rest = terms.map((t) => (t.field === field ? { ...t, values: t.values.filter((v) => v !== value) } : t)).filter((t) => t.values.length);
      if (state !== 'not') rest.push({ not: state === 'only', field, values: [value] });
      const quote = (s) => (/[\s"]/.test(s) ? '"' + s + '"' : s);
      setFilter(rest.map((t) => (t.not ? '-' : '') + (t.field ? t.field + ':' + quote(t.values.join(',')) : quote(t.values[0]))).join(' '));
      say($('shown').textContent);
    });
  }

  // Moving from scenario to scenario.
  let current = -1;
  const reveal = (row) => {
    if (row.hidden) setFilter('');
    row.open = true;
    current = rows.indexOf(row);
    const top = row.firstElementChild;
    top.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'start', behavior: 'auto' });
  };
  const move = (step, wanted) => {
    const focused = document.activeElement && document.activeElement.closest('details.s');
    if (focused) current = rows.indexOf(focused);
    for (let i = current + step; i >= 0 && i < rows.length; i += step) {
      if (rows[i].hidden || (wanted && !wanted(rows[i]))) continue;
      if (current >= 0 && rows[current]) rows[current].open = false;
      reveal(rows[i]);
      address('#' + rows[i].id);
      return;
    }
    say('no more scenario there');
  };
  const bad = (row) => !['pass', 'skip'].includes(row.dataset.verdict);
  $('prev').addEventListener('click', () => move(-1));
  $('next').addEventListener('click', () => move(1));
  $('bad').addEventListener('click', () => move(1, bad));
  $('promised').addEventListener('click', (e) => {
    const only = $('pages').classList.toggle('only');
    e.currentTarget.setAttribute('aria-pressed', String(only));
  });

  // An address names a filter or a place; a place inside of something closed is opened.
  const follow = () => {
    const hash = location.hash.slice(1);
    if (hash.startsWith('?')) {
      let text = hash.slice(1);
      try { text = decodeURI(text); } catch { /* as it stands */ }
      box.value = text;
      filter();
      $('scenarios').scrollIntoView({ behavior: 'auto' });
      return;
    }
    const target = hash && $(hash);
    if (!target) return;
    for (let el = target; el; el = el.parentElement) if (el.tagName === 'DETAILS') el.open = true;
    const row = target.closest('details.s');
    if (row === target) reveal(row);
    else {
      if (row && row.hidden) setFilter('');
      target.scrollIntoView({ block: 'start', behavior: 'auto' });
    }
  };
  addEventListener('hashchange', follow);

  document.addEventListener('click', (e) => {
    const button = e.target.closest('[data-copy]');
    if (!button) return;
    const pre = button.parentElement.querySelector('pre');
    const done = () => { button.textContent = 'Copied'; say('Copied'); setTimeout(() => { button.textContent = 'Copy'; }, 1500); };
    const select = () => {
      getSelection().selectAllChildren(pre);
      if (document.execCommand('copy')) done(); else say('Selected; copy it with the keys of your system');
    };
    if (navigator.clipboard) navigator.clipboard.writeText(pre.textContent).then(done, select); else select();
  });

  document.addEventListener('keydown', (e) => {
    if (e.key === 'Escape' && e.target === box) { setFilter(''); box.blur(); return; }
    if (!$('keys').checked || e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
    const keys = { j: () => move(1), k: () => move(-1), n: () => move(1, bad), p: () => move(-1, bad), t: nextTheme, '/': () => box.focus() };
    if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
  });

  // On paper, what did not pass is open.
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = rows.filter((r) => !r.open && bad(r)).slice(0, 200);
    for (const r of opened) r.open = true;
  });
  addEventListener('afterprint', () => { for (const r of opened) r.open = false; opened = []; });

  filter();
  follow();
  // The browser moves the focus once more when it goes to the place itself.
  addEventListener('load', () => setTimeout(() => { if (location.hash.length > 2) follow(); }));
})();
