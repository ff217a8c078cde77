// The button on the host's page, and the frame that it opens: <script src="…/embed.js" data-channel="chat" data-inbox="…"></script>.
// data-lang: a language; data-identity: who the visitor is (docs/channels.md). Nothing but this origin is ever asked for anything.
"use strict";
(() => {
  const script = document.currentScript;
  const { inbox, lang = document.documentElement.lang, identity = "" } = script.dataset;
  if (!inbox) return console.error("chat.js: the script tag needs data-inbox");
  const base = new URL("../../", script.src);
  const page = new URL("chat/" + encodeURIComponent(inbox), base);
  page.searchParams.set("embed", "1");
  if (lang) page.searchParams.set("lang", lang);
  const key = "trunkline-chat:" + base.host + ":" + inbox;
  const host = document.createElement("div");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; }
    button { position: fixed; z-index: 2147483000; right: 20px; bottom: 20px; width: 60px; height: 60px; border: 0;
      border-radius: 30px; background: #1d4ed8; color: #fff; cursor: pointer; box-shadow: 0 6px 20px rgb(0 0 0 / .28); padding: 0; }
    button:hover { background: #1e40af; }
    button:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #1d4ed8; }
    svg { width: 30px; height: 30px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; vertical-align: middle; }
    b { position: absolute; top: -4px; right: -4px; min-width: 22px; box-sizing: border-box; padding: 0 5px; border-radius: 11px;
      background: #b42318; color: #fff; font: 700 13px/22px system-ui, sans-serif; }
    [hidden] { display: none !important; }
    iframe { position: fixed; z-index: 2147483001; right: 20px; bottom: 92px; width: 390px; height: min(640px, calc(100dvh - 112px));
      border: 0; border-radius: 16px; box-shadow: 0 12px 40px rgb(0 0 0 / .3); background: #fff; color-scheme: normal; }
    @media (max-width: 480px) { iframe { inset: 0; width: 100%; height: 100dvh; border-radius: 0; } }`);
  shadow.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.type = "button";
  button.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5h16v11H10l-5 4v-4H4Z"/></svg><b hidden></b>';
  const badge = button.querySelector("b");
  let frame = null, open = false, texts = { open: "Chat", close: "Chat", unread: "Chat ({count})" }, unread = 0;

  const tell = (said) => frame.contentWindow.postMessage({ trunkline: "chat", ...said }, base.origin);
  const label = () => {
    badge.hidden = !unread || open;
    badge.textContent = unread > 99 ? "99+" : unread;
    const said = open ? texts.close : unread ? texts.unread.replace("{count}", unread) : texts.open;
    button.setAttribute("aria-label", said);
    button.setAttribute("aria-expanded", open);
  };
  const load = () => {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.src = page.href;
    frame.title = texts.open;
    frame.allow = "";
    frame.hidden = !open;
    shadow.append(frame);
  };
  const show = (now) => {
    open = now;
    load();
    frame.hidden = !open;
    tell({ open });
    if (open) frame.focus(); else button.focus();
    label();
  };
  button.addEventListener("click", () => show(!open));
  shadow.addEventListener("keydown", (event) => event.key === "Escape" && open && show(false));
  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== base.origin) return;
    const said = event.data;
    if (!said || said.trunkline !== "chat") return;
    if (said.ready) {
      texts = said.ready;
      frame.title = String(said.title);
      let kept = "";
      try { kept = localStorage.getItem(key + ":kept") || ""; } catch {}
      tell({ identity, open, kept });
    }
    // Where the browser gives a frame of another site no storage of its own.
    if (typeof said.keep === "string" && said.keep.length < 1e6) try { localStorage.setItem(key + ":kept", said.keep); } catch {}
    if (said.started) try { localStorage.setItem(key, "1"); } catch {}
    if (said.unread >= 0) unread = said.unread | 0;
    if (said.close && open) show(false);
    label();
  });
  label();
  shadow.append(button);
  (document.body || document.documentElement).append(host);
  let started = false;
  try { started = localStorage.getItem(key) === "1"; } catch {}
  if (started) load(); // so that an answer that came meanwhile shows at the button
})();
