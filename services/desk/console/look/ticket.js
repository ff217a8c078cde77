// What of the ticket page happens in the browser alone: clocks that tick, keys of small windows, files dropped and pasted, completion.
(() => {
  "use strict";
  const two = (n) => String(n).padStart(2, "0");
  function left(seconds) {
    const past = seconds < 0, all = Math.abs(Math.round(seconds));
    const days = Math.floor(all / 86400), hours = Math.floor(all / 3600) % 24, minutes = Math.floor(all / 60) % 60;
    const said = days ? `${days} d ${two(hours)}:${two(minutes)}` : `${hours}:${two(minutes)}:${two(all % 60)}`;
    return (past ? "−" : "") + said;
  }
  function tick() {
    for (const clock of document.querySelectorAll("[data-due]")) {
      const seconds = (Date.parse(clock.dataset.due) - Date.now()) / 1000;
      clock.textContent = left(seconds) + (seconds < 0 ? ` ${clock.dataset.late}` : "");
      clock.parentElement.classList.toggle("tk-late", seconds < 0);
    }
  }
  setInterval(tick, 1000);

  // Small windows: a key of its own for each choice, arrows, and finding by typing.
  document.addEventListener("keydown", (event) => {
    const picker = event.target.closest && event.target.closest(".tk-picker");
    if (!picker || event.ctrlKey || event.altKey || event.metaKey) return;
    const shown = [...picker.querySelectorAll(".tk-choice")].filter((each) => !each.hidden);
    const finding = event.target.tagName === "INPUT";
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      const place = shown.indexOf(document.activeElement);
      shown[(place + step + shown.length) % shown.length].focus();
      event.preventDefault();
    } else if (finding && event.key === "Enter" && shown.length) {
      shown[0].click();
      event.preventDefault();
    } else if (!finding && event.key.length === 1) {
      const chosen = shown.find((each) => each.dataset.key === event.key.toLowerCase());
      if (chosen) { chosen.click(); event.preventDefault(); event.stopPropagation(); }
    }
  }, true);
  // What only says that it is a picture is a file like any other.
  document.addEventListener("error", (event) => {
    if (event.target.tagName === "IMG" && event.target.closest(".tk-files")) event.target.remove();
  }, true);
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  document.addEventListener("input", (event) => {
    if (!event.target.classList || !event.target.classList.contains("tk-find")) return;
    const wanted = folded(event.target.value);
    for (const each of event.target.closest(".tk-picker").querySelectorAll(".tk-choice"))
      each.hidden = !folded(each.textContent).includes(wanted), (each.style.display = each.hidden ? "none" : "");
  });

  // Files: dropped on the composer or pasted into it, they go the way of the button.
  const composer = (event) => event.target.closest && event.target.closest(".tk-composer");
  function upload(box, files) {
    const made = box.querySelector(".tk-upload");
    if (made && files.length) getElement(Number(made.id.slice(1))).$refs.qRef.addFiles([...files]);
  }
  document.addEventListener("paste", (event) => {
    const box = composer(event), files = event.clipboardData ? event.clipboardData.files : [];
    if (box && files.length) { upload(box, files); event.preventDefault(); }
  });
  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();  // a file dropped beside must not take the page away
    for (const box of document.querySelectorAll(".tk-composer")) box.classList.toggle("tk-drop", box === composer(event));
  });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    const box = composer(event) || document.querySelector(".tk-composer");
    if (box) { box.classList.remove("tk-drop"); upload(box, event.dataTransfer.files); }
  });

  // What was typed and is not kept by the desk yet: had again when the page comes back without it (the desk restarted, the network went).
  const copy = (field) => "tk-keep:" + field.dataset.keep;
  const writing = () => document.querySelector(".tk-composer textarea[data-keep]");
  document.addEventListener("input", (event) => {
    if (event.target.dataset && event.target.dataset.keep)
      try { sessionStorage.setItem(copy(event.target), event.target.value); } catch { /* full, or forbidden: the desk keeps it all the same */ }
  });
  window.tkForget = () => { const field = writing(); if (field) sessionStorage.removeItem(copy(field)); };
  function haveAgain(field) {
    const left = sessionStorage.getItem(copy(field));
    if (left === null || left === field.value) return;
    const said = [...document.querySelectorAll(".tk-out .tk-words")].some((each) => each.textContent.trim() === left.trim());
    if (said || !left.trim()) { sessionStorage.removeItem(copy(field)); return; }
    field.value = left;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  new MutationObserver((changes) => {
    for (const change of changes) {
      const field = writing();
      if (!field || !change.target.dataset || !change.target.dataset.kept) continue;
      const kept = sessionStorage.getItem(copy(field));
      if (kept !== null && kept.length === Number(change.target.dataset.kept.split(":")[0])) sessionStorage.removeItem(copy(field));
    }
  }).observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["data-kept"] });

  // Completion of commands at the beginning of a line, and of mentions.
  let list = null, from = 0, field = null;
  function shut() { if (list) list.remove(); list = null; if (field) field.removeAttribute("aria-expanded"); }
  function typed(target) {
    const before = target.value.slice(0, target.selectionStart);
    const command = /(?:^|\n)([#/][^\s#/]*)$/.exec(before), mention = /(?:^|\s)(@[^\s@]*(?:@[^\s@]*)?)$/.exec(before);
    const found = command || (target.closest(".tk-noting") && mention);
    return found ? found[1] : null;
  }
  function offer(target) {
    shut();
    const token = typed(target), offers = window.tkOffer;
    if (token === null || !offers) return;
    const kind = token[0] === "@" ? "@" : "#", wanted = folded(token.slice(1));
    const fits = (offers[kind] || []).filter((each) => folded(each.word + " " + each.form).split(/[\s#@]+/).some((word) => word.startsWith(wanted))).slice(0, 12);
    if (!fits.length || (fits.length === 1 && fits[0].word.slice(1) === token.slice(1))) return;
    field = target; from = target.selectionStart - token.length;
    list = document.createElement("div");
    list.className = "tk-offer"; list.setAttribute("role", "listbox");
    fits.forEach((each, place) => {
      const line = document.createElement("div"), form = document.createElement("span"), what = document.createElement("span");
      form.textContent = each.form; what.textContent = each.what;
      line.append(form, what); line.dataset.word = each.word;
      line.setAttribute("role", "option"); line.setAttribute("aria-selected", place === 0);
      line.addEventListener("mousedown", (event) => { event.preventDefault(); take(line); });
      list.append(line);
    });
    const box = target.getBoundingClientRect();
    document.body.append(list);
    list.style.left = `${box.left + scrollX}px`;
    list.style.top = `${Math.max(scrollY + 4, box.top + scrollY - list.offsetHeight - 4)}px`;
    target.setAttribute("aria-expanded", "true");
  }
  function take(line) {
    const kept = field.value[from] === "/" ? "/" + line.dataset.word.slice(1) : line.dataset.word;
    field.setRangeText(kept + " ", from, field.selectionStart, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    shut();
  }
  document.addEventListener("input", (event) => {
    if (event.target.tagName === "TEXTAREA" && composer(event)) offer(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const inside = event.target.tagName === "TEXTAREA" && composer(event);
    if (!inside) return;
    if (list) {
      const lines = [...list.children], place = lines.findIndex((each) => each.getAttribute("aria-selected") === "true");
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        lines[place].setAttribute("aria-selected", false);
        const next = lines[(place + step + lines.length) % lines.length];
        next.setAttribute("aria-selected", true); next.scrollIntoView({ block: "nearest" });
        event.preventDefault(); return;
      }
      if (event.key === "Tab" || (event.key === "Enter" && !event.ctrlKey && !event.shiftKey)) { take(lines[place]); event.preventDefault(); event.stopPropagation(); return; }
      if (event.key === "Escape") { shut(); event.preventDefault(); event.stopPropagation(); return; }
    }
    if (event.key === "Escape") event.target.blur();
  }, true);
  document.addEventListener("focusout", () => setTimeout(shut, 150));

  // The list that this tab came from (look/order.js): the ticket beside this one in it (0: none; null: it is in no such list), and back to it.
  window.tkBeside = (number, by) => {
    const order = JSON.parse(sessionStorage.getItem("tl-order") || "[]"), place = order.indexOf(number);
    return place < 0 ? null : order[place + by] || 0;
  };
  window.tkList = (query) => {
    const from = sessionStorage.getItem("tl-list") || "", usual = "/console/tickets";
    const list = new URL(from.startsWith(usual) ? from : usual, location.origin);
    for (const [name, value] of new URLSearchParams(query)) list.searchParams.set(name, value);
    location.assign(list);
  };

  // The newest message is what one comes for.
  window.tkNewest = () => {
    const messages = document.querySelectorAll(".tk-places .tk-message");
    if (messages.length) messages[messages.length - 1].scrollIntoView({ block: "center" });
  };
  let arrived = false;
  new MutationObserver((_, watching) => {
    const messages = document.querySelectorAll(".tk-places .tk-message");
    if (arrived || !messages.length) return;
    arrived = true; watching.disconnect();
    const field = writing();
    if (field) haveAgain(field);
    tick();
    if (messages.length > 2) requestAnimationFrame(window.tkNewest);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
