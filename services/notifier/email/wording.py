"""Subject, text and HTML of a message in words: written by an agent, or from the catalogue of texts; signature and links below. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from services.notifier.email.enclosing import Enclosed
from services.notifier.email.headers import clean
from services.notifier.linking import shown_size
from shared.messages.outbound import Outbound
from shared.texts import expected, text
from shared.texts.alerting import told_details, told_how, told_said
from shared.texts.catalogue import CATALOGUE
from shared.written import as_text, sanitised

# Replies pile these up in every language; the tag is ours and put there anew.
_PREFIXES = re.compile(
    r"^(?:\s*(?:re|aw|antw|sv|vs|odp|odg|ref)(?:\s*\[\d{1,3}\])?\s*:|\s*\[T-\d{1,12}\])+\s*", re.IGNORECASE
)
_SHOWN_SUBJECT = 120
_SIGNATURE_LINES, _SIGNATURE_LINE = 12, 200
_PLACE = re.compile(r"\{(agent|company)\}")
_SECONDS = {"expected_seconds": "expected", "closing_seconds": "closing"}


@dataclass(frozen=True, slots=True)
class Wording:
    """What a mail says. ``subject`` without the ticket's tag, ``text`` and ``html`` without the line that bears the token."""

    subject: str
    text: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What stands below agents' answers, per language: as text, and as HTML where that is to look otherwise."""

    text: Mapping[str, str] = field(default_factory=dict)
    html: Mapping[str, str] = field(default_factory=dict)


NOTHING = Enclosed()
UNSIGNED = Signature()


def word(
    outbound: Outbound,
    company: str,
    default_language: str,
    signature: Signature = UNSIGNED,
    enclosed: Enclosed = NOTHING,
) -> Wording:
    """The words of ``outbound``. HTML is sanitised, and made into text where there is none.

    A ``template`` names the catalogue's text ``<template>.body`` (or the text of exactly that name). Its variables come from the
    message; ``ticket``, ``company`` and ``subject`` are known here, and ``<what>_seconds`` become words as ``<what>``. Raises
    `shared.texts.UnknownText` and `MissingVariable`: then this code is older than the one that wrote the message.
    """
    language = outbound.language
    title = outbound.subject or str(outbound.variables.get("subject") or "")
    postscripts, how = _postscripts(outbound, company, default_language), told_how(outbound, default_language)
    below = [*told_said(outbound, default_language), *postscripts, *([how] if how else [])]
    if outbound.template is None:
        foot = _Foot(outbound, company, default_language, signature, enclosed)
        page = None if outbound.html is None else sanitised(outbound.html)
        written = outbound.text if outbound.text.strip() or page is None else as_text(page)
        if below:
            written = "\n\n".join([written.rstrip(), *below])
            page = None if page is None else "".join([page, *map(_paragraph, below)])
        return Wording(title, foot.below(written), None if page is None else foot.below_html(page))
    variables = _variables(outbound, outbound.variables, company, default_language)
    body = text(_body_key(outbound.template), language, default=default_language, **variables)
    return Wording(title, _within(body, below, str(variables["company"])))


def _variables(
    outbound: Outbound, given: Mapping[str, object], company: str, default_language: str
) -> dict[str, object]:
    language = outbound.language
    variables = dict(given)
    for key, name in _SECONDS.items():
        seconds = variables.pop(key, None)
        variables.setdefault(name, _span(language, default_language, seconds))
    title = outbound.subject or str(given.get("subject") or "")
    if outbound.event:
        title = str(given.get("subject", title))  # its own subject says what has happened
    variables["ticket"] = f"T-{outbound.ticket_number}"
    variables.setdefault("company", company)
    if outbound.kind == "alert":
        variables.setdefault("customer", text("alert.customer", language, default=default_language))
        details = "\n".join(told_details(outbound, default_language))
        variables["details"] = f"\n\n{details}" if details else ""
    variables["subject"] = _shown(title) or text("subject.none", language, default=default_language)
    return variables


def _postscripts(outbound: Outbound, company: str, default_language: str) -> list[str]:
    """What stands below a message because it would otherwise have been one of its own."""
    found = []
    for each in outbound.postscripts:
        known = [f"{each.template}.{name}" for name in ("postscript", "short", "body")]
        key = next((name for name in known if name in CATALOGUE), known[-1])
        variables = _variables(outbound, each.variables, company, default_language)
        found.append(text(key, outbound.language, default=default_language, **variables).strip())
    return found


def _within(body: str, below: list[str], company: str) -> str:
    """A text of ours with its postscripts above whom it is from."""
    if not below:
        return body
    words, gap, end = body.rstrip().rpartition("\n\n")
    if gap and end.endswith(company):
        return "\n\n".join([words, *below, end]) + "\n"
    return "\n\n".join([body.rstrip(), *below]) + "\n"


def _paragraph(words: str) -> str:
    """Words as HTML; addresses of ours can be clicked."""
    lines = []
    for line in words.split("\n"):
        is_link = line.startswith(("http://", "https://")) and " " not in line
        lines.append(f'<a href="{escape(line)}">{escape(line)}</a>' if is_link else escape(line))
    return f"<p>{'<br>'.join(lines)}</p>"


def bare_subject(text: str) -> str:
    """A subject on one line, without the prefixes of replies and the tags of tickets at its beginning."""
    # Cleaned first, or a control character could keep a prefix from being seen.
    return _PREFIXES.sub("", clean(text))


def _body_key(template: str) -> str:
    return template if template.endswith(".body") else f"{template}.body"


@dataclass(frozen=True, slots=True)
class _Foot:
    """What stands below a written text: links to files, then whom it is from, where mail programs expect a signature."""

    outbound: Outbound
    company: str
    default_language: str
    signature: Signature
    enclosed: Enclosed

    def below(self, written: str) -> str:
        """The text with it."""
        if links := self._links():
            intro, entries = links
            lines = "\n".join(f"- {name} ({size})\n  {url}" for name, size, url in entries)
            written = f"{written.rstrip()}\n\n{intro}\n{lines}\n".lstrip("\n")
        if not self._is_signed:
            return written
        own = self._own(self._signature)
        return (
            f"{written.rstrip()}\n\n-- \n{own}\n{self._footer}\n"
            if own
            else f"{written.rstrip()}\n\n-- \n{self._footer}\n"
        )

    def below_html(self, page: str) -> str:
        """The (sanitised) HTML with it."""
        if links := self._links():
            intro, entries = links
            items = "".join(
                f'<li><a href="{escape(url)}">{escape(name)}</a> ({escape(size)})</li>' for name, size, url in entries
            )
            page += f"<p>{escape(intro)}</p><ul>{items}</ul>"
        if not self._is_signed:
            return page
        own = "" if self._is_personal else self._own(self.signature.html, escaped=True)
        own = sanitised(own) if own else _lines(self._own(self._signature))
        return f"{page}<div>-- <br>{own}{'<br>' if own else ''}{escape(self._footer)}</div>"

    @property
    def _is_signed(self) -> bool:
        return bool(self.outbound.ticket_number) and self.outbound.kind in ("reply", "message")

    @property
    def _is_personal(self) -> bool:
        """Whether whoever wrote it has a signature of their own, which then stands instead of the inbox's."""
        return bool(_plain_lines(self.outbound.signature))

    @property
    def _signature(self) -> Mapping[str, str]:
        if not self._is_personal:
            return self.signature.text
        return {self.outbound.language: _plain_lines(self.outbound.signature)}

    @property
    def _footer(self) -> str:
        ticket = f"T-{self.outbound.ticket_number}"
        return self._text("side.footer" if self.outbound.side else "reply.footer", company=self.company, ticket=ticket)

    def _text(self, key: str, **variables: str) -> str:
        return text(key, self.outbound.language, default=self.default_language, **variables)

    def _own(self, given: Mapping[str, str], *, escaped: bool = False) -> str:
        """The inbox's signature in the customer's language, else in the default one; agent and company filled in as plain text."""
        found = given.get(self.outbound.language) or given.get(self.default_language) or ""
        values = {"agent": clean(self.outbound.author), "company": self.company}
        # In one pass: what is filled in is never read again.
        found = _PLACE.sub(lambda place: escape(values[place[1]]) if escaped else values[place[1]], found)
        return found.strip("\r\n")

    def _links(self) -> tuple[str, list[tuple[str, str, str]]] | None:
        if not self.enclosed.links:
            return None
        language = self.outbound.language
        entries = [(each.filename, shown_size(each.size, language), each.url) for each in self.enclosed.links]
        return self._text("files.linked", until=self.enclosed.until), entries


def _plain_lines(signature: str) -> str:
    """A signature as plain lines, as many as a signature has; none of them is the mark that a signature begins with."""
    lines = (clean(line, _SIGNATURE_LINE) for line in signature[: _SIGNATURE_LINE * _SIGNATURE_LINES].splitlines())
    return "\n".join([line for line in lines if line not in ("--", "-- ")][:_SIGNATURE_LINES]).strip()


def _lines(plain: str) -> str:
    return "<br>".join(escape(line) for line in plain.splitlines())


def _shown(title: str) -> str:
    title = bare_subject(title)
    return title if len(title) <= _SHOWN_SUBJECT else f"{title[: _SHOWN_SUBJECT - 1].rstrip()}…"


def _span(language: str, default_language: str, seconds: object) -> str:
    number = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None
    try:
        return expected(language, number)
    except ValueError:  # no texts in that language: the catalogue falls back on the default, and so does this
        return expected(default_language, number)
