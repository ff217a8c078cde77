"""What a composer must know: on which channels the customer can be reached and why not on others, how long a text is, what macros say.

Pure. What really goes out where is decided by the router; this only says it beforehand.
"""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.messages.contacts import PersonView, PointView
from shared.messages.parts import POINT_OF_CHANNEL, Channel
from shared.messages.ticket import MessageView, TicketView
from shared.phones import Segments, count_segments
from shared.settings.macros import Macro

WRITABLE: Final[tuple[Channel, ...]] = ("email", "sms", "whatsapp", "telegram", "messenger", "chat")
WINDOWED: Final = ("whatsapp", "messenger")
SEGMENTED: Final = ("sms",)


@dataclass(frozen=True)
class Way:
    """A way to the customer: ``to`` are the points to choose from, the usual one first; ``why_not`` names the text that says why it is
    none (empty: it is one). ``usual``: the ticket's own."""

    channel: Channel
    to: tuple[str, ...] = ()
    why_not: str = ""
    usual: bool = False


def ways(view: TicketView, person: PersonView | None, sending: Sequence[str]) -> list[Way]:
    """All ways, the usual one first. ``sending`` are the channels that there are inboxes of."""
    usual = usual_channel(view, person, sending)
    found = [_way(each, view, person, sending, each == usual) for each in WRITABLE]
    return sorted(found, key=lambda way: (not way.usual, bool(way.why_not), WRITABLE.index(way.channel)))


def usual_channel(view: TicketView, person: PersonView | None, sending: Sequence[str]) -> Channel:
    """Where an answer goes when nobody says otherwise: the ticket's channel; of forms, calls and the like what reaches its customer."""
    for channel in WRITABLE:
        if view.channel == channel:
            return channel
    points = _points(view, person)
    if any(each.kind == "email" for each in points) or "sms" not in sending:
        return "email"
    return "sms" if any(each.kind == "phone" for each in points) else "email"


def _way(channel: Channel, view: TicketView, person: PersonView | None, sending: Sequence[str], usual: bool) -> Way:
    if view.internal or view.status in ("spam", "merged"):
        return Way(channel, (), "internal" if view.internal else view.status, usual)
    if channel not in sending and channel != "email":
        return Way(channel, (), "no_inbox", usual)
    theirs = [each for each in _points(view, person) if each.kind == POINT_OF_CHANNEL[channel]]
    if not theirs:
        return Way(channel, (), "no_point", usual)
    known = [each for each in theirs if each.verified] or (theirs if usual else [])
    if not known:
        return Way(channel, (), "unverified", usual)
    able = [each for each in known if not (each.opted_out or each.undeliverable)]
    if not able:
        return Way(channel, (), "opted_out" if known[0].opted_out else "undeliverable", usual)
    return Way(channel, tuple(each.value for each in able), "", usual)


def _points(view: TicketView, person: PersonView | None) -> list[PointView]:
    if person is not None:
        return person.points
    return [PointView(kind=each.kind, value=each.value) for each in view.contact.points]


def window(view: TicketView, channel: str) -> datetime | None:
    """Until when the customer may be sent anything on this channel; null: there is no such rule, or they never wrote there."""
    if channel not in WINDOWED:
        return None
    wrote = [each.created_at for each in view.messages or () if each.direction == "in" and each.channel == channel]
    return max(wrote) + timedelta(hours=24) if wrote else None


def is_shut(view: TicketView, channel: str, at: datetime) -> bool:
    """Whether only approved templates may be sent there now."""
    until = window(view, channel)
    return channel in WINDOWED and (until is None or until <= at)


def left(time: timedelta) -> str:
    """Hours and minutes, as on a clock: 23:05."""
    minutes = max(0, int(time.total_seconds()) // 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def segments(channel: str, text: str) -> Segments | None:
    """How many SMS a text takes; null on other channels and for no text."""
    return count_segments(text) if channel in SEGMENTED and text.strip() else None


def addresses(written: str) -> list[str]:
    """Mail addresses between commas, semicolons and blanks."""
    split = written.replace(";", ",").replace("\n", ",").replace(" ", ",").split(",")
    return list(dict.fromkeys(each.strip().strip("<>") for each in split if "@" in each))


def quotation(message: MessageView, wrote: str) -> str:
    """A message as it is quoted below an answer (RFC 3676, 4.5); ``wrote`` says who wrote it when."""
    said = (message.reply_text or message.text).strip()
    lines = "\n".join(f"> {line}".rstrip() for line in said.splitlines()[:200])
    return f"{wrote}\n{lines}\n\n"


def macro_text(macro: Macro, language: str, default: str, values: Mapping[str, str]) -> str:
    """What a macro says in this ticket; what nobody knows stays in braces, for whoever sends it to fill in."""
    words = macro.words(language, default)
    if not values.get("customer"):
        words = words.replace(" {customer}", "")
    return fill(words, values)


def fill(words: str, values: Mapping[str, str]) -> str:
    """Words with their variables. Nothing but names in braces is looked at, and what is unknown stays as it is written."""
    try:
        pieces = list(string.Formatter().parse(words))
    except ValueError:
        return words
    filled = []
    for literal, name, _, _ in pieces:
        filled.append(literal)
        if name is not None:
            filled.append(values.get(name, f"{{{name}}}"))
    return "".join(filled).strip()
