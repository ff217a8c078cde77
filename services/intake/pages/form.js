// What a form is nicer with; it works without. In a page of another site it tells that page how tall it is.
"use strict";
// Articles like what is being written, asked for when the writer pauses. They go to nobody but this server.
function suggest(place, message, subject) {
  if (!place || !message) return;
  const list = place.querySelector("ul");
  let timer, last = "", asking = null;
  const show = (items) => {
    list.replaceChildren(...items.map((item) => {
      const link = document.createElement("a");
      link.href = item.url;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = item.title;
      link.title = place.dataset.new;
      const entry = document.createElement("li");
      entry.append(link);
      return entry;
    }));
    place.hidden = !items.length;
  };
  const ask = async () => {
    const written = `${subject ? subject.value : ""} ${message.value}`.trim().slice(0, 1500);
    if (written.length < 12 || written === last) return;
    last = written;
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      const query = new URLSearchParams({ q: written, lang: place.dataset.language });
      const answer = await fetch(`${location.pathname}/articles?${query}`, { signal: asking.signal, credentials: "omit" });
      if (answer.ok) show((await answer.json()).items);
    } catch (error) {
      // Offline, or asked again meanwhile: an offer is no part of the form.
      if (error.name !== "AbortError") console.debug("no articles", error);
    }
  };
  for (const field of [message, subject]) {
    if (field) field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 700); });
  }
}
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
  suggest(document.getElementById("articles"), document.getElementById("message"), document.getElementById("subject"));
  if (window.parent === window) return;
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    // To any site: a height and a title are no secrets, and which site it is only the server knows.
    window.parent.postMessage({ trunkline: "form", height, title: document.title }, "*");
  };
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
})();
