// Counts down the seconds in which an answer can be taken back; by the time since it was shown, whatever the clock says.
(() => {
  "use strict";
  const begun = new WeakMap();
  setInterval(() => {
    for (const each of document.querySelectorAll("[data-left]")) {
      if (!begun.has(each)) begun.set(each, performance.now());
      const left = Math.round(Number(each.dataset.left) - (performance.now() - begun.get(each)) / 1000);
      each.textContent = left > 0 ? each.dataset.words.replace("{seconds}", left) : each.dataset.over;
      const bar = left <= 0 && each.closest("[data-goes]");
      if (bar) for (const button of bar.querySelectorAll(".tk-back")) button.remove();
      if (bar && left < -4) bar.hidden = true;
    }
  }, 500);
})();
