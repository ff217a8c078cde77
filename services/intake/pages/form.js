// What a form is nicer with; it works without. In a page of another site it tells that page how tall it is.
"use strict";
(() => {
  const first = document.querySelector("[aria-invalid]") || document.getElementById("summary");
  if (first) first.focus();
  const form = document.querySelector("form");
  if (form) {
    // A second press would only be the same message again; it spares the wait.
    form.addEventListener("submit", () => {
      const button = form.querySelector("button");
      setTimeout(() => { button.disabled = true; });
    });
    // Back from another page: the browser may have kept the button as it was.
    addEventListener("pageshow", () => { form.querySelector("button").disabled = false; });
  }
  if (window.parent === window) return;
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    // To any site: a height and a title are no secrets, and which site it is only the server knows.
    window.parent.postMessage({ trunkline: "form", height, title: document.title }, "*");
  };
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
})();
