"""The chat's page: one file of markup, everything in it escaped, nothing loaded from elsewhere. It works as a page and as a frame."""

import json
from html import escape
from typing import Final
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse

from services.intake.chat import files, frames
from services.intake.chat.desk import ChatDesk
from shared.settings.inbox import ChatInbox, FormField
from shared.texts import text

MIB: Final = 1024 * 1024
_SAID: Final = (
    *("open", "close", "unread", "there", "away", "back", "you", "agent", "typing", "connecting", "lost"),
    *("sending", "kept", "failed", "answers", "remove", "file_large", "file_failed"),
    *("edit", "delete", "edited", "deleted"),
)
_ICONS: Final = {
    "attach": "M16.5 6.5v9.8a4.5 4.5 0 0 1-9 0V5.8a3 3 0 0 1 6 0v9.7a1.5 1.5 0 0 1-3 0V7",
    "send": "M4 12 20 4l-5 16-3.5-6.5L4 12Z",
    "close": "M6 6l12 12M18 6 6 18",
}


def page(desk: ChatDesk, inbox: ChatInbox, language: str, *, embedded: bool) -> HTMLResponse:
    """The page in a language. ``embedded``: it is shown in a frame that can be closed."""
    settings = desk.context.settings
    company = settings.company.name

    def said(key: str) -> str:
        return escape(text(key, language, company=company))

    greeting = inbox.greeting.get(language) or inbox.greeting.get(settings.company.languages[0]) or ""
    setup = {
        "inbox": inbox.name,
        "lang": language,
        "texts": _texts(language),
        "most": frames.MOST_TEXT,
        "files": frames.MOST_FILES,
        "octets": files.MOST_OCTETS,
    }
    title = said("chat.title")
    close = f'<button type="button" id="close" aria-label="{said("chat.close")}">{_icon("close")}</button>'
    html = f"""<!doctype html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="../static/intake/chat-window.css">
<script src="../static/intake/chat-window.js" defer></script>
</head>
<body data-setup="{escape(json.dumps(setup, ensure_ascii=False))}"{' class="embedded"' if embedded else ""}>
<header><div><h1>{title}</h1><p id="presence">{said("chat.connecting")}</p></div>{close if embedded else ""}</header>
<main tabindex="-1">
<p class="greeting">{escape(greeting) or said("chat.greeting")}</p>
<ol id="log" role="log" aria-live="polite" aria-label="{said("chat.log")}"></ol>
<p id="typing" aria-live="polite"></p>
</main>
<footer>
<p id="notice" role="status"></p>
<details id="details"><summary>{said("chat.details")}</summary>
<div class="fields">
<p><label for="name">{said("form.name")}</label><input id="name" type="text" maxlength="200" autocomplete="name"></p>
<p><label for="email">{said("chat.email")}</label>
<input id="email" type="email" maxlength="254" autocomplete="email" aria-describedby="wrong"></p>
<p id="wrong" class="wrong" hidden>{said("form.bad_address")}</p>
{"".join(_field(each, language, settings.company.languages[0]) for each in inbox.fields if each.kind != "file")}
</div></details>
<ul id="chips"></ul>
<form id="composer">
<label class="tool" title="{said("chat.attach")}">
<input id="file" type="file" multiple aria-label="{said("chat.attach")}">{_icon("attach")}</label>
<textarea id="text" rows="1" maxlength="{frames.MOST_TEXT}" placeholder="{said("chat.write")}"
 aria-label="{said("chat.write")}"></textarea>
<button class="tool send" aria-label="{said("form.send")}" title="{said("form.send")}">{_icon("send")}</button>
</form>
</footer>
</body>
</html>
"""
    return HTMLResponse(html, headers=_headers(desk, inbox))


def _texts(language: str) -> dict[str, str]:
    """What the browser says by itself; braces are left for it to fill in."""
    names = ("expected", "when", "count", "name", "address")
    left = {name: f"{{{name}}}" for name in names}
    texts = {name: text(f"chat.{name}", language, **left, size=files.MOST_OCTETS // MIB) for name in _SAID}
    return texts | {name: text(f"form.{name}", language) for name in ("file_program", "file_other", "missing")}


def _field(field: FormField, language: str, default: str) -> str:
    """A question of the inbox's own, asked before the first message."""
    label = escape(
        field.label.get(language) or field.label.get(default) or next(iter(field.label.values()), field.name)
    )
    name = escape(field.name)
    marks = f'id="own-{name}" data-field="{name}" data-label="{label}"{" required" if field.required else ""}'
    if field.kind == "consent":
        return f'<p class="own consent"><input type="checkbox" {marks}><label for="own-{name}">{label}</label></p>'
    if field.kind == "choice":
        options = "".join(f"<option>{escape(each)}</option>" for each in ("", *field.choices))
        control = f"<select {marks}>{options}</select>"
    else:
        control = f'<input type="text" maxlength="500" {marks}>'
    return f'<p class="own"><label for="own-{name}">{label}</label>{control}</p>'


def _icon(name: str) -> str:
    return f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>'


def _headers(desk: ChatDesk, inbox: ChatInbox) -> dict[str, str]:
    public = urlsplit(desk.context.settings.company.public_url)
    socket = f"{'wss' if public.scheme == 'https' else 'ws'}://{public.netloc}"
    ancestors = " ".join(("'self'", *inbox.embed_on))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'"
        f"; connect-src 'self' {socket}; frame-ancestors {ancestors}"
    )
    # X-Frame-Options knows no list of sites; browsers that know frame-ancestors leave it aside (CSP 3, 6.4.2).
    return {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "SAMEORIGIN",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cross-Origin-Opener-Policy": "unsafe-none",
    }
