// The list of tickets: picking rows and walking through them without asking the server. What is done with them is the server's.
window.tlList = (() => {
  const root = () => document.querySelector('.tl-list');
  const rows = () => [...document.querySelectorAll('.tl-list tbody tr')];
  const picked = new Set();
  let at = null, last = null, keysOn = true;

  const tell = () => emitEvent('tl-picked', [...picked]);
  const show = () => {
    for (const row of rows()) {
      const number = Number(row.dataset.number);
      const box = row.querySelector('[data-pick]');
      if (box) box.checked = picked.has(number);
      row.classList.toggle('tl-picked', picked.has(number));
      row.classList.toggle('tl-at', number === at);
    }
    const all = root()?.querySelector('[data-all]');
    if (all) all.checked = rows().length > 0 && rows().every((row) => picked.has(Number(row.dataset.number)));
  };
  const pick = (number, on) => { on ? picked.add(number) : picked.delete(number); };
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const here = all.findIndex((row) => Number(row.dataset.number) === at);
    const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
    at = Number(next.dataset.number);
    next.querySelector('[data-open]')?.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
    show();
  };
  document.addEventListener('change', (event) => {
    const target = event.target;
    if (target.matches?.('.tl-list [data-all]')) {
      rows().forEach((row) => pick(Number(row.dataset.number), target.checked));
    } else if (target.matches?.('.tl-list [data-pick]')) {
      pick(Number(target.closest('tr').dataset.number), target.checked);
    } else return;
    show(); tell();
  });
  document.addEventListener('click', (event) => {
    const box = event.target.closest?.('.tl-list [data-pick]');
    if (!box) return;
    const number = Number(box.closest('tr').dataset.number);
    if (event.shiftKey && last !== null) {
      const numbers = rows().map((row) => Number(row.dataset.number));
      const [from, to] = [numbers.indexOf(last), numbers.indexOf(number)].sort((a, b) => a - b);
      if (from >= 0) numbers.slice(from, to + 1).forEach((each) => pick(each, box.checked));
      show(); tell();
    }
    last = number;
  });
  document.addEventListener('focusin', (event) => {
    const row = event.target.closest?.('.tl-list tbody tr');
    if (row) { at = Number(row.dataset.number); show(); }
  });
  document.addEventListener('keydown', (event) => {
    if (!keysOn || event.ctrlKey || event.metaKey || event.altKey || !root()) return;
    if (event.target.closest('input:not([type=checkbox]), textarea, select, [contenteditable], .q-dialog, .q-menu')) return;
    if (event.key === 'j' || event.key === 'k') move(event.key === 'j' ? 1 : -1);
    else if (event.key === 'x' && at !== null) { pick(at, !picked.has(at)); show(); tell(); }
    else if (event.key === 'o' && at !== null) document.querySelector(`.tl-list tr[data-number="${at}"] [data-open]`)?.click();
    else if (event.key === '*') { const on = !rows().every((row) => picked.has(Number(row.dataset.number))); rows().forEach((row) => pick(Number(row.dataset.number), on)); show(); tell(); }
    else if (event.key === 'Escape' && picked.size) { picked.clear(); show(); tell(); }
    else return;
    event.preventDefault();
  });
  return {
    keys: (on) => { keysOn = on; },
    // After the rows were written anew: what was picked and is still there stays picked.
    renewed: () => { const there = new Set(rows().map((row) => Number(row.dataset.number))); [...picked].forEach((each) => there.has(each) || picked.delete(each)); show(); },
    counts: (counts) => { for (const [name, count] of Object.entries(counts)) { const cell = document.querySelector(`.tl-view[data-view="${CSS.escape(name)}"] .tl-count`); if (cell) cell.textContent = count; } },
    clear: () => { picked.clear(); show(); tell(); },
  };
})();
