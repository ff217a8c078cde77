// <script src="https://support.example.com/embed.js" data-inbox="contact"></script>: the form stands where the script does.
// data-channel="chat": the chat instead. data-lang: its language. A form comes in a frame of its own, so that neither page's styles,
// scripts and cookies touch the other's.
"use strict";
(() => {
  const script = document.currentScript;
  const { inbox, channel = "form", lang } = script.dataset;
  if (!inbox) return console.error("embed.js: the script tag needs data-inbox");
  const base = new URL("./", script.src);
  if (channel === "chat") {
    const chat = document.createElement("script");
    chat.src = new URL("static/intake/chat.js", base).href;
    Object.assign(chat.dataset, script.dataset);
    return script.after(chat);
  }
  const page = new URL("form/" + encodeURIComponent(inbox), base);
  page.searchParams.set("embed", "1");
  if (lang) page.searchParams.set("lang", lang);
  const frame = document.createElement("iframe");
  frame.src = page.href;
  frame.title = document.title;
  frame.style.cssText = "display:block;width:100%;height:46rem;border:0;color-scheme:normal";
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== base.origin) return;
    const said = event.data;
    if (!said || said.trunkline !== "form" || !(said.height > 0)) return;
    frame.style.height = Math.min(said.height, 10000) + "px";
    frame.title = String(said.title);
  });
  script.after(frame);
})();
