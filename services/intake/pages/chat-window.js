// The chat's window. What was written is kept in this browser until the server says that it is kept there, and sent again under the
// same id after every loss of the connection; what the server sends is confirmed, and shown once however often it comes.
"use strict";
(() => {
  const setup = JSON.parse(document.body.dataset.setup), t = setup.texts;
  const $ = (id) => document.getElementById(id);
  const [log, notice, typing, presence, field, chips, details] =
    ["log", "notice", "typing", "presence", "text", "chips", "details"].map($);
  const main = document.querySelector("main"), composer = $("composer");
  const embedded = document.body.classList.contains("embedded") && parent !== window;
  const base = location.pathname.replace(/\/$/, "");
  const KEY = "trunkline-chat:" + setup.inbox, MOST = 200;
  const locale = navigator.languages.find((each) => each.split("-")[0] === setup.lang) || setup.lang;
  let around = ""; // the origin of the page that shows us
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

  // -- what this browser keeps -------------------------------------------------------------------------------------
  const empty = () => ({ token: "", id: "", name: "", email: "", address: "", fields: {}, seen: "", list: [], outbox: [] });
  let kept = empty();
  // Browsers that give a frame of another site no storage: the page around us keeps it.
  const store = (() => { try { localStorage.getItem(KEY); return localStorage; } catch { return null; } })();
  const restore = (from = store && store.getItem(KEY)) => {
    try { kept = { ...empty(), ...JSON.parse(from || "{}") }; } catch {}
  };
  const keep = () => {
    kept.list = kept.list.slice(-MOST);
    const whole = JSON.stringify(kept);
    try { if (store) store.setItem(KEY, whole); else if (around) tell({ keep: whole }); } catch {} // no room: as long as the page lasts
  };
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    const before = kept.id;
    restore();
    if (kept.id !== before) shown.forEach((item) => item.remove()), shown.clear();
    draw();
  });

  // -- what is shown -----------------------------------------------------------------------------------------------
  const shown = new Map();
  const make = (tag, name, words) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (words !== undefined) made.textContent = words;
    return made;
  };
  const linked = (into, words) => {
    let from = 0;
    for (const found of words.matchAll(/https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g)) {
      into.append(words.slice(from, found.index));
      const link = make("a", "", found[0]);
      link.href = found[0];
      link.target = "_blank";
      link.rel = "noopener noreferrer nofollow";
      into.append(link);
      from = found.index + found[0].length;
    }
    into.append(words.slice(from));
  };
  const size = (octets) => octets < 1e6 ? Math.max(1, Math.round(octets / 1e3)) + " kB" : (octets / 1e6).toFixed(1) + " MB";
  const attachment = (file) => {
    const link = make("a", file.picture ? "picture" : "file");
    link.href = base + "/files/" + file.file;
    link.target = "_blank";
    link.rel = "noopener";
    if (file.picture) {
      const image = make("img");
      image.src = link.href;
      image.alt = file.name;
      image.loading = "lazy";
      image.onload = () => atEnd && toEnd();
      link.append(image);
    } else link.textContent = file.name + " (" + size(file.size) + ")";
    return link;
  };
  const clock = (at) => {
    const when = new Date(at), today = new Date().toDateString() === when.toDateString();
    return when.toLocaleString(locale, today ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" });
  };
  const bubble = (entry) => {
    const item = make("li", entry.from);
    if (entry.from !== "system") item.append(make("span", "who", entry.from === "me" ? t.you : entry.author || t.agent));
    const body = make("div", "body");
    if (entry.deleted) body.append(make("p", "gone", t.deleted));
    else if (entry.text) linked(body.appendChild(make("p")), entry.text);
    for (const file of (!entry.deleted && entry.files) || []) body.append(attachment(file));
    item.append(body);
    if (entry.buttons && entry.buttons.length) {
      const row = item.appendChild(make("div", "buttons"));
      for (const each of entry.buttons) {
        const button = row.appendChild(make("button", "", each.label));
        button.type = "button";
        button.onclick = () => { row.remove(); say({ text: each.label, pressed: each.data }); };
      }
    }
    item.append(make("span", "when"));
    return item;
  };
  const state = (entry) => {
    const time = clock(entry.at);
    if (entry.from !== "me") return time;
    const waits = kept.outbox.some((o) => o.id === entry.id || o.edits === entry.id);
    return time + (entry.edited && !entry.deleted ? " · " + t.edited : "") + " · " + (entry.failed ? t.failed : waits ? t.sending : t.kept);
  };
  let atEnd = true;
  const toEnd = () => { main.scrollTop = main.scrollHeight; };
  main.addEventListener("scroll", () => { atEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 60; });
  const version = (entry) => [entry.text, entry.edited, entry.deleted].join("|");
  const draw = () => {
    const all = [...kept.list.filter((e) => !kept.outbox.some((o) => o.id === e.id)), ...kept.outbox.filter((o) => !o.edits)];
    all.sort((a, b) => new Date(a.at) - new Date(b.at));
    let after = null;
    for (const entry of all) {
      let item = shown.get(entry.id);
      if (item && item.dataset.version !== version(entry)) item = void item.remove();
      if (!item) shown.set(entry.id, item = bubble(entry)), item.dataset.version = version(entry);
      item.classList.toggle("failed", !!entry.failed);
      const when = item.querySelector(".when"), words = state(entry);
      if (when.textContent !== words) when.textContent = words;
      const place = after ? after.nextSibling : log.firstChild;
      if (item !== place) log.insertBefore(item, place);
      after = item;
    }
    const last = all.filter((e) => e.from === "me" && !e.deleted && !e.failed && e.pressed == null && !kept.outbox.includes(e)).pop();
    if (!last) tools.remove();
    else if (tools.parentNode !== shown.get(last.id)) shown.get(last.id).append(tools);
    document.body.classList.toggle("begun", all.length > 0);
    details.hidden = !!kept.address;
    const answers = kept.address ? fill(t.answers, { address: kept.address }) : "";
    if (!notice.dataset.why) notice.textContent = answers;
    if (atEnd) toEnd();
    count();
  };
  const warn = (words, why) => { notice.textContent = words; notice.dataset.why = words ? why : ""; draw(); };

  // -- read and unread ---------------------------------------------------------------------------------------------
  let opened = !embedded;
  const told = new Set();
  const tell = (said) => embedded && parent.postMessage({ trunkline: "chat", ...said }, around || "*");
  const visible = () => opened && document.visibilityState === "visible";
  const count = () => {
    const theirs = kept.list.filter((entry) => entry.from !== "me");
    if (visible()) {
      const news = theirs.filter((entry) => !told.has(entry.id)).map((entry) => entry.id).slice(-100);
      if (news.length && send({ t: "seen", ids: news })) news.forEach((id) => told.add(id));
      const last = theirs.map((entry) => entry.at).sort().pop();
      if (last && last !== kept.seen) { kept.seen = last; keep(); }
    }
    const unread = theirs.filter((entry) => !kept.seen || entry.at > kept.seen).length;
    tell({ unread, started: kept.list.length > 0 || undefined });
  };
  document.addEventListener("visibilitychange", () => {
    count();
    if (visible() && !socket) connect();
  });

  // -- the connection ----------------------------------------------------------------------------------------------
  let socket = null, welcomed = false, failures = 0, timer = 0, identity = "", offset = 0, open = true;
  const send = (frame) => {
    if (!welcomed || socket.readyState !== 1) return false;
    socket.send(JSON.stringify(frame));
    return true;
  };
  const connect = () => {
    clearTimeout(timer);
    if (socket) return;
    const mine = socket = new WebSocket(location.origin.replace(/^http/, "ws") + base + "/socket");
    const late = setTimeout(() => mine.close(), 15000);
    mine.onopen = () => mine.send(JSON.stringify({ t: "hello", session: kept.token, identity, lang: setup.lang }));
    mine.onmessage = (event) => {
      if (mine !== socket) return;
      const frame = JSON.parse(event.data);
      if (frame.t === "welcome") clearTimeout(late);
      (heard[frame.t] || (() => {}))(frame);
    };
    mine.onclose = (event) => {
      clearTimeout(late);
      if (mine !== socket) return;
      socket = null;
      welcomed = false;
      clearTimeout(patience);
      if (failures++ || kept.outbox.length) warn(t.lost, "lost");
      const wait = Math.min(30000, 400 * 2 ** failures) * (.6 + .4 * Math.random());
      // Too many windows, or we were misunderstood: again when somebody looks here.
      if (event.code !== 1008 || visible()) timer = setTimeout(connect, event.code === 1008 ? 15000 : wait);
    };
  };
  addEventListener("online", () => { failures = 0; if (!socket) connect(); });
  addEventListener("offline", () => socket && socket.close());
  addEventListener("pageshow", (event) => event.persisted && !socket && connect());

  const heard = {
    welcome(frame) {
      if (kept.id && kept.id !== frame.id) { // somebody else: nothing of the one before
        kept = empty();
        shown.forEach((item) => item.remove());
        shown.clear();
      }
      restoreOther(frame.id);
      welcomed = true;
      failures = 0;
      offset = new Date(frame.now) - Date.now();
      kept.token = frame.session;
      kept.id = frame.id;
      if (frame.address) kept.address = frame.address;
      open = frame.open;
      document.body.classList.toggle("away", !open);
      const back = frame.opens && fill(t.back, { when: new Date(frame.opens).toLocaleString(locale, { weekday: "long", hour: "2-digit", minute: "2-digit" }) });
      presence.textContent = open ? fill(t.there, { expected: frame.expects }) : t.away + (back ? " " + back : "");
      if (!open && !kept.address) details.open = true;
      for (const entry of frame.history || []) {
        put(entry);
        kept.outbox = kept.outbox.filter((o) => o.id !== entry.id);
      }
      kept.outbox.filter((o) => o.edits).forEach(apply);
      keep();
      warn("", "");
      for (const entry of kept.outbox) post(entry);
    },
    message(frame) {
      put(frame);
      keep();
      typing.textContent = "";
      draw();
      send({ t: "got", id: frame.id });
    },
    kept(frame) {
      const entry = kept.outbox.find((o) => o.id === frame.id);
      if (entry) {
        kept.outbox = kept.outbox.filter((o) => o !== entry);
        if (!entry.edits) put(entry);
        kept.heard = Math.max(kept.heard || 0, +new Date(frame.at || 0));
        keep();
      }
      if (!kept.outbox.length) clearTimeout(patience);
      if (notice.dataset.why === "refused") warn("", "");
      draw();
    },
    refused(frame) {
      const entry = kept.outbox.find((o) => o.id === frame.id);
      if (!entry) return;
      if (frame.again > 0) {
        clearTimeout(patience);
        warn(t.lost, "refused");
        setTimeout(() => kept.outbox.includes(entry) && post(entry), frame.again * 1000);
      } else {
        kept.outbox = kept.outbox.filter((o) => o !== entry);
        put({ ...(kept.list.find((e) => e.id === entry.edits) || entry), failed: true });
        keep();
        draw();
      }
    },
    typing(frame) {
      typing.textContent = fill(t.typing, { name: frame.name || t.agent });
      clearTimeout(heard.timer);
      heard.timer = setTimeout(() => { typing.textContent = ""; }, 6000);
      if (atEnd) toEnd();
    },
  };
  // Another window of this browser may have had a session before us.
  const restoreOther = (id) => {
    let other = {};
    try { other = JSON.parse((store && store.getItem(KEY)) || "{}"); } catch {}
    if (other.id !== id) return;
    for (const entry of other.list || []) put(entry);
    for (const entry of other.outbox || []) if (!kept.outbox.some((o) => o.id === entry.id)) kept.outbox.push(entry);
  };
  const put = (entry) => {
    const { t: _, ...rest } = entry, at = kept.list.findIndex((each) => each.id === rest.id);
    if (at < 0) kept.list.push(rest); else kept.list[at] = rest;
  };

  // -- writing -----------------------------------------------------------------------------------------------------
  let patience = 0, pending = [];
  const post = (entry) => {
    const { id, text, pressed, name, email, fields } = entry;
    const files = (entry.files || []).map((file) => file.file);
    const { edits, deleted } = entry;
    if (!send(edits ? { t: "edit", id, edits, text, files, deleted } : { t: "message", id, text, files, pressed, name, email, fields })) return;
    clearTimeout(patience);
    patience = setTimeout(() => socket && socket.close(), 12000); // nobody answered: the connection only looks alive
  };
  const newId = () => crypto.getRandomValues(new Uint32Array(4)).reduce((all, each) => all + each.toString(36).padStart(7, "0"), "");
  const say = (said) => {
    const id = newId();
    // Never before what is there already, however late the server's clock was heard.
    const newest = Math.max(kept.heard || 0, ...[...kept.list, ...kept.outbox].map((each) => +new Date(each.at || 0)));
    const at = new Date(Math.max(Date.now() + offset, newest + 1)).toISOString();
    const first = !kept.list.length && !kept.outbox.length;
    const entry = { id, from: "me", at, files: [], ...said, name: kept.name, email: kept.email };
    if (first) entry.fields = kept.fields;
    if (kept.email) kept.address = kept.email;
    kept.outbox.push(entry);
    keep();
    atEnd = true;
    draw();
    post(entry);
  };
  // What the customer wrote last can be changed, or taken back.
  let editing = "";
  const edit = (id = "", words = "") => {
    editing = id;
    field.value = words;
    composer.classList.toggle("editing", !!id);
    grow();
    field.focus();
  };
  const apply = ({ edits, text, deleted }) => {
    const entry = kept.list.find((each) => each.id === edits);
    if (entry) Object.assign(entry, deleted ? { text: "", files: [], deleted } : { text, edited: true });
  };
  const change = (id, text, deleted) => {
    const entry = kept.list.find((each) => each.id === id);
    if (!entry || (!deleted && entry.text === text)) return;
    const made = { id: newId(), edits: id, text, deleted, files: deleted ? [] : entry.files };
    kept.outbox.push(made);
    apply(made);
    keep();
    draw();
    post(made);
  };
  const tools = make("span", "tools");
  for (const [words, act] of [[t.edit, (entry) => edit(entry.id, entry.text)], [t.delete, (entry) => (edit(), change(entry.id, "", true))]]) {
    const button = tools.appendChild(make("button", "", words));
    button.type = "button";
    button.onclick = () => {
      const entry = kept.list.find((each) => shown.get(each.id) === tools.parentNode);
      if (entry) act(entry);
    };
  }
  const asked = () => {
    const mail = $("email"), wrong = $("wrong");
    const missing = [...document.querySelectorAll(".own [required]")].find((own) => own.type === "checkbox" ? !own.checked : !own.value);
    const begun = kept.list.length + kept.outbox.length > 0;
    const bad = !kept.address && (mail.value ? !/^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(mail.value) : !open);
    wrong.hidden = !bad;
    mail.setAttribute("aria-invalid", bad);
    if (bad || (missing && !begun)) {
      details.open = true;
      (bad ? mail : missing).focus();
      if (!bad) warn(t.missing, "missing");
      return false;
    }
    kept.name = $("name").value.trim() || kept.name;
    kept.email = mail.value.trim() || kept.email;
    for (const own of document.querySelectorAll("[data-field]")) {
      const value = own.type === "checkbox" ? (own.checked ? "✓" : "") : own.value.trim();
      if (value) kept.fields[own.dataset.field] = value;
    }
    if (notice.dataset.why === "missing") warn("", "");
    return true;
  };
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim(), files = pending.filter((each) => each.file);
    if (editing && text) return change(editing, text, false), edit();
    if ((!text && !files.length) || pending.some((each) => !each.file) || !asked()) return;
    field.value = "";
    pending = [];
    chips.textContent = "";
    grow();
    say({ text, files });
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });
  let typed = 0;
  const grow = () => { field.style.height = "auto"; field.style.height = Math.min(field.scrollHeight + 2, 140) + "px"; };
  field.addEventListener("input", () => {
    grow();
    if (Date.now() - typed > 3000 && field.value) { typed = Date.now(); send({ t: "typing" }); }
  });

  // -- files -------------------------------------------------------------------------------------------------------
  const upload = async (file) => {
    if (pending.length >= setup.files) return;
    if (file.size > setup.octets) return warn(t.file_large, "file");
    const chip = chips.appendChild(make("li", "", file.name)), entry = { chip };
    const gone = chip.appendChild(make("button", "", "×"));
    const drop = () => { pending = pending.filter((each) => each !== entry); chip.remove(); };
    gone.type = "button";
    gone.setAttribute("aria-label", fill(t.remove, { name: file.name }));
    gone.onclick = drop;
    chip.classList.add("busy");
    pending.push(entry);
    try {
      const answer = await fetch(base + "/files?name=" + encodeURIComponent(file.name), {
        method: "POST", body: file, headers: { Authorization: "Bearer " + kept.token },
      });
      const said = await answer.json();
      if (!answer.ok) throw new Error(t["file_" + said.why] || t.file_failed);
      delete entry.chip;
      Object.assign(entry, said);
      chip.classList.remove("busy");
      if (notice.dataset.why === "file") warn("", "");
    } catch (error) {
      drop();
      warn(error instanceof TypeError || error instanceof SyntaxError ? t.file_failed : error.message, "file");
    }
  };
  $("file").addEventListener("change", (event) => {
    [...event.target.files].forEach(upload);
    event.target.value = "";
    field.focus();
  });
  field.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length) event.preventDefault(), files.forEach(upload);
  });

  // -- the page around us ------------------------------------------------------------------------------------------
  if ($("close")) $("close").onclick = () => tell({ close: true });
  addEventListener("keydown", (event) => event.key === "Escape" && (editing ? edit() : tell({ close: true })));
  restore();
  $("name").value = kept.name;
  $("email").value = kept.email;
  draw();
  if (!embedded) return connect();
  let begun = false;
  const begin = () => { if (!begun) begun = true, connect(); };
  addEventListener("message", (event) => {
    const said = event.data;
    if (event.source !== parent || !said || said.trunkline !== "chat") return;
    if (!begun) {
      around = event.origin;
      identity = String(said.identity || "");
      if (!store) restore(said.kept), draw();
    }
    if (typeof said.open === "boolean") {
      opened = said.open;
      if (opened) field.focus(), toEnd();
      count();
    }
    begin();
  });
  tell({ ready: { open: t.open, close: t.close, unread: t.unread }, title: document.title });
  setTimeout(begin, 3000);
})();
