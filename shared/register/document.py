"""One ticket as a document for the file: its record, its conversation, its history; as we know it, or as its customer may. Pure.

The customer's copy is made from what their own page is made from, and from nothing else: notes, side conversations, who works here and what
was thought of them are not left out of it, they never come near it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from shared.messages.customers import PageMessage, PageTicket
from shared.messages.parts import Attachment
from shared.messages.record import RegisterLine
from shared.messages.ticket import AgentView, EventView, MessageView, TicketView
from shared.register.blocks import block
from shared.register.cells import Wording, heading, values
from shared.settings.record import COLUMNS
from shared.texts.catalogue import CUSTOMER_STATUS
from shared.texts.languages import LANGUAGES
from shared.texts.register import channel_name
from shared.written import as_text

Copy = Literal["customer", "internal"]
_SAME = frozenset(RegisterLine.model_fields) & frozenset(TicketView.model_fields)


@dataclass
class Said:
    """Something that was said or happened: one line about it, and its words."""

    about: str
    words: str = ""


@dataclass
class Document:
    """``title`` above every page; ``heading``, the short and long fields of the record; then sections of what was said and happened."""

    title: str
    heading: str
    short: Sequence[tuple[str, str]] = ()
    long: Sequence[tuple[str, str]] = ()
    sections: list[tuple[str, list[Said]]] = field(default_factory=list)


def internal(ticket: TicketView, company: str, wording: Wording, agents: Iterable[AgentView] = ()) -> Document:
    """All that we know of a ticket. ``agents`` are those whose names its history says."""
    names = {f"agent:{key}": each.name for each in agents for key in (each.id, each.email)}
    line = _line(ticket)
    whole = block(COLUMNS, heading(COLUMNS, wording), values(line, COLUMNS, wording))
    messages = [_message(each, wording) for each in ticket.messages or ()]
    history = [_event(each, wording, names) for each in ticket.events or ()]
    title = f"{company}: {wording.word('copy.internal')}"
    sections = [(wording.word("conversation"), messages), (wording.word("history"), history)]
    return Document(title, whole.title, whole.short, whole.long, sections)


def customers(ticket: PageTicket, company: str, wording: Wording) -> Document:
    """What its customer may see of a ticket."""
    short = [
        (wording.word("column.received_at"), wording.at(ticket.created_at)),
        (wording.word("column.status"), wording.customers_state(CUSTOMER_STATUS[ticket.status])),
        (wording.word("column.assignee"), ticket.agent),
        (wording.word("column.solved_at"), wording.at(ticket.dates.get("solved_at"))),
        (wording.word("column.closed_at"), wording.at(ticket.dates.get("closed_at"))),
    ]
    promised = "\n".join(_promised(ticket, wording))
    long = [(wording.word("column.promises"), promised)] if promised else []
    messages = [_shown(each, ticket, company, wording) for each in ticket.messages]
    if ticket.more:
        messages.insert(0, Said(wording.word("older")))
    return Document(
        f"{company}: {wording.word('copy.customer')}",
        f"T-{ticket.number}  {' '.join(ticket.subject.split())}",
        [(label, words) for label, words in short if words],
        long,
        [(wording.word("conversation"), messages)],
    )


def language_of(ticket: PageTicket, ours: str) -> str:
    """The language of the customer's copy."""
    return ticket.language if ticket.language in LANGUAGES else ours


def _line(ticket: TicketView) -> RegisterLine:
    """The ticket as a line of the register, which has the same names."""
    known = {name: value for name in _SAME if (value := getattr(ticket, name)) is not None}
    return RegisterLine.model_validate(
        {
            **known,
            "number": int(ticket.number.removeprefix("T-")),
            "received_at": ticket.received_at or ticket.created_at,
            "received_via": ticket.received_via or ticket.channel,
            "customer": ticket.contact.name,
            "points": ticket.contact.points,
        }
    )


def _message(message: MessageView, wording: Wording) -> Said:
    how = [channel_name(message.channel, wording.language)]
    if message.side:
        how.append(wording.word("side"))
    elif message.direction == "internal":
        how.append(wording.word("note"))
    if message.automatic:
        how.append(wording.word("automatic"))
    if message.deleted_at:
        how.append(wording.word("taken_back"))
    about = "  ".join((wording.at(message.created_at), message.author, f"({', '.join(how)})"))
    return Said(about, _with_files(message.text or message.reply_text, message.attachments, wording))


def _shown(message: PageMessage, ticket: PageTicket, company: str, wording: Wording) -> Said:
    who = message.author or (company if message.direction == "out" else wording.word("you"))
    if message.deleted:
        return Said(f"{wording.at(message.created_at)}  {who}  ({wording.word('taken_back')})")
    words = message.text or (as_text(message.html) if message.html else "")
    return Said(f"{wording.at(message.created_at)}  {who}", _with_files(words, message.attachments, wording))


def _with_files(words: str, files: Sequence[Attachment], wording: Wording) -> str:
    names = ", ".join(each.filename for each in files)
    return "\n".join(each for each in (words.strip(), wording.word("files", names=names) if names else "") if each)


def _promised(ticket: PageTicket, wording: Wording) -> Iterator[str]:
    for each in ticket.promises:
        due = wording.word("due", at=wording.at(each.due)) if each.due else ""
        done = wording.word("done", at=wording.at(each.done_at)) if each.done_at else ""
        yield "; ".join(part for part in (each.what, due, done) if part)


def _event(event: EventView, wording: Wording, names: Mapping[str, str]) -> Said:
    """What happened, in the words of the ticket's page; what has none is named as it is called."""
    what = wording.named("console.ticket.event", event.what)
    moved = [
        wording.named("register.status", event.data.get(each)) for each in ("from", "to") if _is_status(event, each)
    ]
    told = f"{what.replace('_', ' ')} {' → '.join(moved)}".rstrip()
    reason = f": {event.reason}" if event.reason else ""
    return Said(f"{wording.at(event.at)}  {told}  {names.get(event.actor, event.actor)}{reason}")


def _is_status(event: EventView, name: str) -> bool:
    return event.what == "status_changed" and isinstance(event.data.get(name), str)
