// What every page of the console has: buttons of the bar, the own menu, forms that go when something is chosen.
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-tl]');
  if (button) emitEvent('tl-do', button.dataset.tl);
  for (const menu of document.querySelectorAll('.tl-me[open]')) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener('keydown', (event) => {
  const menu = event.key === 'Escape' && document.querySelector('.tl-me[open]');
  if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
});
document.addEventListener('change', (event) => {
  if (event.target.matches?.('[data-at-once]')) event.target.form.requestSubmit();
});
