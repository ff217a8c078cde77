"""The words and buttons of what agents are told, for each channel: what has happened, in whose words, and how it is answered. Pure.

A notification is an `Outbound` with an ``event``. By mail it is its template's body; elsewhere one line says what happened, with the ticket
and its subject (the mail's subject, from the catalogue), and below it stand the details, the words, and how it is answered. On SMS it is at
most two segments, because everybody pays for each. Customers are called by their name, never by an address or a number: that is seen to by
whoever queued it.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from shared.messages.outbound import Button, Outbound
from shared.phones import count_segments
from shared.texts.catalogue import CATALOGUE
from shared.texts.languages import LANGUAGES
from shared.texts.lookup import text, variables_of
from shared.texts.short import plain, short_words

SEGMENTS: Final = 2
_BUTTONS: Final = (("take", "#take {ticket}"), ("solve", "#solve {ticket}"), ("snooze", "#snooze {ticket} 1h"))
_STATUS: Final = ("status", "#status {ticket}")
_LONGEST_TITLE: Final = 100
_SPACES: Final = re.compile(r"\s+")
_SAID: Final = ("text", "what", "missing")
"""Variables that are somebody's words, where the line below the title does not have them already."""
_CUSTOMERS: Final = ("agent.assigned", "agent.opened")
"""News of which the title does not say that the words are the customer's."""
_BY_NUMBER: Final = ("email", "telegram")
"""Where a ticket can be named in an answer to what is about several."""
_NOTHING: Final = ("", "-")


def told_words(outbound: Outbound, company: str, default_language: str) -> str:
    """What ``outbound`` says on another channel than mail: as `short_words` has it, and raises; what tells an agent of something, with
    how it is answered."""
    if not outbound.event:
        return short_words(outbound, company, default_language)
    told = _Told(outbound, default_language)
    if outbound.channel == "sms":
        return told.on_telephone()
    bare = outbound.model_copy(update={"template": None, "text": "", "author": ""})
    below = [
        short_words(bare, company, default_language),
        told.more_files(),
        told.link(),
        told_how(outbound, default_language),
    ]
    return "\n\n".join(filter(None, ["\n".join(filter(None, [told.heading(), *told.details()])), told.words(), *below]))


def told_said(outbound: Outbound, default_language: str) -> list[str]:
    """The paragraphs below the text of a mail that tells an agent of something: the customer's words where it does not have them itself,
    and that there are more files."""
    if not outbound.event:
        return []
    told = _Told(outbound, default_language)
    words = told.variable("text")
    has_them = not outbound.ticket_number or "text" in _variables(f"{outbound.template}.body")
    return list(
        filter(None, ["" if has_them or not words else f"{_capital(told.customer())}:\n{words}", told.more_files()])
    )


def told_how(outbound: Outbound, default_language: str) -> str:
    """How it is answered; empty where it is not, and for whatever is no news of an agent's."""
    if not outbound.event or not outbound.agent_id:
        return ""
    if not outbound.ticket_number:
        several = outbound.channel in _BY_NUMBER
        return _text("alert.answer.email.several", outbound, default_language) if several else ""
    if outbound.channel != "email" and not outbound.code:
        return ""
    kind = "internal" if outbound.internal else "public"
    how = _text(f"alert.answer.{outbound.channel}.{kind}", outbound, default_language, code=outbound.code)
    if outbound.channel == "email":
        return f"{how}\n{_text('alert.commands', outbound, default_language)}"
    return how


def told_details(outbound: Outbound, default_language: str) -> list[str]:
    """Who did it, and why: a line each, where it is known."""
    given = {name: str(outbound.variables.get(name) or "").strip() for name in ("by", "reason")}
    return [
        _text(f"agent.{name}", outbound, default_language, **{name: value})
        for name, value in given.items()
        if value not in _NOTHING
    ]


def told_buttons(outbound: Outbound, default_language: str) -> list[Button]:
    """What can be pressed below a notification in Telegram; each is a command of the grammar, with the notification's code."""
    if not outbound.event or not outbound.ticket_number or not outbound.code:
        return list(outbound.buttons)
    # Whoever has the ticket need not take it.
    wanted = _BUTTONS[1:] if outbound.variables.get("mine") else _BUTTONS
    ticket = f"T-{outbound.ticket_number}"
    own = [
        Button(
            label=_text(f"alert.button.{name}", outbound, default_language),
            data=f"{form.format(ticket=ticket)} {outbound.code}",
        )
        for name, form in (*wanted, _STATUS)
    ]
    return [*outbound.buttons, *own]


# -- parts --------------------------------------------------------------------------------------------------------------


class _Told:
    """What an agent is told, in its parts."""

    def __init__(self, outbound: Outbound, default_language: str) -> None:
        self._outbound, self._default_language = outbound, default_language
        self._told = f"{outbound.template}.told" if f"{outbound.template}.told" in CATALOGUE else ""

    def heading(self) -> str:
        """One line: the ticket, what has happened, and the ticket's subject, unless the words below begin with it."""
        subject = self._subject()
        return f"{self._ticket()}{self._title()}" + (f": {subject}" if subject else "")

    def details(self) -> list[str]:
        """Who did it and why, and what else there is to know, a line each."""
        outbound, language = self._outbound, self._default_language
        known = told_details(outbound, language) if self._has_details() else []
        return list(filter(None, [" · ".join(known), self._line()]))

    def words(self) -> str:
        """What somebody wrote, and whose words it is where the title does not say so."""
        words = self._said()
        is_customers = words and self._outbound.template in _CUSTOMERS
        return f"{_capital(self.customer())}:\n{words}" if is_customers else words

    def more_files(self) -> str:
        """That there are more files than those that are with it."""
        more = self._outbound.variables.get("more_files")
        return _text("alert.files", self._outbound, self._default_language, count=more) if more else ""

    def link(self) -> str:
        """Where the desk shows it; empty where that is an address that leads nowhere from a telephone."""
        url, number = self.variable("url"), self._outbound.ticket_number
        if not url or _is_this_machine(url):
            return ""
        return f"{url}/tickets/T-{number}" if number else f"{url}/tickets"

    def customer(self) -> str:
        """What the customer is called."""
        return self.variable("customer") or _text("alert.customer", self._outbound, self._default_language)

    def variable(self, name: str) -> str:
        """What a variable says; empty where it says nothing."""
        value = str(self._outbound.variables.get(name) or "").strip()
        return "" if value in _NOTHING else value

    def on_telephone(self) -> str:
        """Ticket, name or title, words and code; the words are cut so that all of it fits, and if need be the title is."""
        outbound = self._outbound
        words = _line(self._said())
        is_reply = outbound.template == "agent.replied" and words
        title = self.customer() if is_reply else self._short_title()
        more = outbound.variables.get("more_files")
        title = _line(f"{title} (+{more})" if more else title)
        end = told_how(outbound, self._default_language)
        between = ": " if is_reply else "\n"

        def whole(title: str, words: str) -> str:
            begun = f"{self._ticket()}{title}{between}{words}" if words else f"{self._ticket()}{title}"
            return plain("\n".join(filter(None, [begun, end])))

        title = _fitting(lambda some: whole(some, ""), title)
        return whole(title, _fitting(lambda some: whole(title, some), words))

    def _short_title(self) -> str:
        by, why = (self.variable(name) if self._has_details() else "" for name in ("by", "reason"))
        title = f"{self._title()} ({by})" if by else self._title()
        found = [": ".join(filter(None, [title, self._subject()]))[:_LONGEST_TITLE], self._line(), why]
        return ". ".join(each.rstrip(".:") for each in found if each)

    def _has_details(self) -> bool:
        """Whether it matters who did it: elsewhere that stands in the title, or it was the customer."""
        return "details" in _variables(f"{self._outbound.template}.body")

    def _ticket(self) -> str:
        return f"T-{self._outbound.ticket_number} " if self._outbound.ticket_number else ""

    def _title(self) -> str:
        """What has happened, without the ticket's subject."""
        outbound = self._outbound
        if outbound.template is None:
            return _line(outbound.subject)
        given = {"by": "", "customer": self.customer(), **outbound.variables, "subject": ""}
        title = _text(f"{outbound.template}.subject", outbound, self._default_language, **given)
        return _capital(_line(title).rstrip(":–- "))

    def _subject(self) -> str:
        subject, words = _line(self.variable("subject")), _line(self._said())
        if (
            not self._outbound.ticket_number
            or subject in CATALOGUE["subject.none"].values()
            or words.startswith(subject.rstrip("…"))
        ):
            return ""
        return subject if len(subject) <= _LONGEST_TITLE else f"{subject[: _LONGEST_TITLE - 1].rstrip()}…"

    def _line(self) -> str:
        """The line below the title, of news that has one."""
        given = self._outbound.variables
        return _text(self._told, self._outbound, self._default_language, **given) if self._told else ""

    def _said(self) -> str:
        shown = _variables(self._told)
        if self._outbound.template is None:
            return self._outbound.text.strip()
        return next((said for name in _SAID if name not in shown and (said := self.variable(name))), "")


def _fitting(whole: Callable[[str], str], words: str) -> str:
    """As many of the words as keep the whole within the segments."""
    if count_segments(whole(words)).count <= SEGMENTS:
        return words
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if count_segments(whole(_cut(words, middle))).count <= SEGMENTS:
            low = middle
        else:
            high = middle - 1
    return _cut(words, low)


def _cut(words: str, length: int) -> str:
    return f"{words[:length].rstrip()}…" if length else ""


def _is_this_machine(url: str) -> bool:
    """Whether an address means whichever machine it is opened on."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    return host in ("localhost", "::1", "") or host.startswith("127.")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _variables(key: str) -> set[str]:
    return variables_of(CATALOGUE.get(key, {}).get(LANGUAGES[0], ""))


def _text(key: str, outbound: Outbound, default_language: str, **variables: object) -> str:
    return text(key, outbound.language, default=default_language, **variables)


def _line(words: str) -> str:
    return _SPACES.sub(" ", words).strip()
