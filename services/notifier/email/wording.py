"""Subject and text of a message in words: written by an agent, or from the catalogue of texts. Pure."""

import re
from dataclasses import dataclass

from services.notifier.email.headers import clean
from shared.messages.outbound import Outbound
from shared.texts import expected, text

# Replies pile these up in every language; the tag is ours and put there anew.
_PREFIXES = re.compile(
    r"^(?:\s*(?:re|aw|antw|sv|vs|odp|odg|ref)(?:\s*\[\d{1,3}\])?\s*:|\s*\[T-\d{1,12}\])+\s*", re.IGNORECASE
)
_SHOWN_SUBJECT = 120
_SECONDS = {"expected_seconds": "expected", "closing_seconds": "closing"}


@dataclass(frozen=True, slots=True)
class Wording:
    """What a mail says. ``subject`` without the ticket's tag, ``text`` without the line that bears the token."""

    subject: str
    text: str


def word(outbound: Outbound, company: str, default_language: str) -> Wording:
    """The words of ``outbound``.

    A ``template`` names the catalogue's text ``<template>.body`` (or the text of exactly that name). Its variables come from the
    message; ``ticket``, ``company`` and ``subject`` are known here, and ``<what>_seconds`` become words as ``<what>``. Raises
    `shared.texts.UnknownText` and `MissingVariable`: then this code is older than the one that wrote the message.
    """
    language = outbound.language
    title = outbound.subject or str(outbound.variables.get("subject") or "")
    if outbound.template is None:
        return Wording(title, _signed(outbound, company, default_language))
    variables = dict(outbound.variables)
    for key, name in _SECONDS.items():
        seconds = variables.pop(key, None)
        variables.setdefault(name, _span(language, default_language, seconds))
    variables["ticket"] = f"T-{outbound.ticket_number}"
    variables.setdefault("company", company)
    variables["subject"] = _shown(title) or text("subject.none", language, default=default_language)
    return Wording(title, text(_body_key(outbound.template), language, default=default_language, **variables))


def bare_subject(text: str) -> str:
    """A subject on one line, without the prefixes of replies and the tags of tickets at its beginning."""
    # Cleaned first, or a control character could keep a prefix from being seen.
    return _PREFIXES.sub("", clean(text))


def _body_key(template: str) -> str:
    return template if template.endswith(".body") else f"{template}.body"


def _signed(outbound: Outbound, company: str, default_language: str) -> str:
    """The written text; below an agent's answer stands whom it is from, where mail programs expect a signature."""
    if not outbound.ticket_number or outbound.kind not in ("reply", "message"):
        return outbound.text
    ticket = f"T-{outbound.ticket_number}"
    footer = text("reply.footer", outbound.language, default=default_language, company=company, ticket=ticket)
    return f"{outbound.text.rstrip()}\n\n-- \n{footer}\n"


def _shown(title: str) -> str:
    title = bare_subject(title)
    return title if len(title) <= _SHOWN_SUBJECT else f"{title[: _SHOWN_SUBJECT - 1].rstrip()}…"


def _span(language: str, default_language: str, seconds: object) -> str:
    number = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None
    try:
        return expected(language, number)
    except ValueError:  # no texts in that language: the catalogue falls back on the default, and so does this
        return expected(default_language, number)
