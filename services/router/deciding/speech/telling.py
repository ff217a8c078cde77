"""What an agent is told in their language: what can be written, how a ticket stands, and what is wrong with what they wrote."""

from collections.abc import Sequence
from typing import Final

from services.router.deciding import masking, naming, sending
from services.router.deciding.policy import Policy
from services.router.deciding.speech.understanding import (
    MOST_SHOWN,
    Misspoken,
    NotMeant,
    Speaking,
    Wrong,
    agent_of,
    cut,
    language_of,
)
from shared.messages.agents import Say
from shared.messages.command import Command
from shared.messages.facts import Facts, MessageFact, TicketFact
from shared.messages.parts import Point
from shared.speech import COMMANDS, LONGEST, MOST, Mistake, nearest
from shared.speech.grammar import BY_WORD, folded
from shared.texts import LANGUAGES, text

_SHORT: Final = ("sms", "whatsapp")
_MOST_TOLD: Final = 20
"""Mistakes that are told of one text."""
_SUBJECT: Final = 120
_WAITING: Final = ("new", "open", "pending", "on_hold")


def form_of(name: str, language: str) -> str:
    """How a command is written: ``#solve SUMMARY``."""
    return f"#{text(f'speech.form.{name}', language)}"


def help_words(words: str, language: str, channel: str) -> str:
    """What can be written; of one command (by any of its words) what it does. Raises `NotMeant` for what is none."""
    wanted = words.strip().lstrip("#/")
    if wanted:
        form = BY_WORD.get(folded(wanted))
        if form is None:
            near = nearest(wanted, BY_WORD)
            raise NotMeant("command", near and form_of(BY_WORD[near].name, language), name=cut(wanted))
        others = ", ".join(f"#{each}" for each in form.words)
        return f"{form_of(form.name, language)}\n{text(f'speech.what.{form.name}', language)}\n{others}"
    names = [form.name for form in COMMANDS]
    if channel in _SHORT:
        first = " ".join(form_of(name, language).split()[0] for name in names)
        more = text("speech.help_more", language, form=form_of("help", language))
        return f"{first}\n{more}"
    lines = [f"{form_of(name, language)}: {text(f'speech.what.{name}', language)}" for name in names]
    return "\n".join([text("speech.help", language), *lines, text("speech.escape", language)])


# -- how a ticket stands ------------------------------------------------------------------------------------------------------


def status(command: Command, number: int, facts: Facts, policy: Policy) -> str:
    """How a ticket stands, for whoever speaks: without the customer's addresses and numbers."""
    say = command.action
    assert isinstance(say, Say), "only what is said asks like this"
    speaking = Speaking(command, say, facts, policy, command.at, agent_of(command, facts))
    try:
        ticket = speaking.ticket(number)
    except NotMeant as wrong:
        return speaking.words("wrong.ticket", **wrong.variables)
    language, points = speaking.language, _points(ticket, facts)
    subject = masking.for_agent(cut(naming.title_of(ticket), _SUBJECT), points, language)
    subject = subject or text("subject.none", language)
    state = text(f"register.status.{ticket.status}", language)
    parts = [speaking.words("status.head", ticket=f"T-{number}", subject=subject, state=state)]
    who = _who(ticket, facts) or text("register.nobody", language)
    parts.append(speaking.words("status.who", who=who))
    waits = ticket.status in _WAITING
    dues = (ticket.first_response_due, ticket.next_response_due, ticket.resolution_due) if waits else ()
    if due := min((each for each in dues if each is not None), default=None):
        parts.append(speaking.words("status.due", until=speaking.shown(due)))
    messages = [each for each in facts.messages.get(ticket.ticket_id, ()) if each.direction in ("in", "out")]
    if messages:
        last = messages[-1]
        name = _author(last, points, language, policy)
        parts.append(speaking.words("status.last", who=name, at=speaking.shown(last.created_at)))
    return "\n".join(parts)


def _points(ticket: TicketFact, facts: Facts) -> list[Point]:
    """By what the customer is reached, which nobody is told."""
    person = facts.people.get(ticket.contact_id or "")
    found = [Point(kind=each.kind, value=each.value) for each in (person.points if person else ())]
    if ticket.customer:
        found.append(Point(kind=sending.kind_of_customer(ticket), value=ticket.customer))
    return found


def _who(ticket: TicketFact, facts: Facts) -> str:
    names = [each.name for each in facts.staff.values() if each.email == ticket.assignee]
    who = names[0] if names and names[0] else ticket.assignee
    return ", ".join(each for each in (who, ticket.team) if each)


def _author(message: MessageFact, points: Sequence[Point], language: str, policy: Policy) -> str:
    """Who wrote it; a customer without a name is called what they are."""
    name = cut(message.author_name.strip())
    if message.direction == "out":
        return name or policy.company
    hidden = masking.for_agent(name, points, language)
    nameless = not name or hidden != name or "@" in name or sum(each.isdigit() for each in name) > 4
    return text("register.customer", language) if nameless else name


# -- what is wrong ------------------------------------------------------------------------------------------------------------


def wrong_word(mistake: Mistake, language: str) -> Wrong:
    """What is wrong with something that is no command, or lacks what belongs to it."""
    count = LONGEST if mistake.why == "too_long" else MOST
    said = text(f"speech.wrong.{mistake.why}", language, word=cut(mistake.word), count=count)
    near = form_of(mistake.near, language) if mistake.near else None
    if mistake.why in ("missing", "extra") and near is not None:
        said = f"{said} {text('speech.write', language, form=near)}"
    elif mistake.why == "unknown" and near is not None:
        said = f"{said} {text('speech.near', language, near=near)}"
    elif mistake.why == "unknown":
        names = ", ".join(form_of(form.name, language).split()[0] for form in COMMANDS)
        said = f"{said} {text('speech.possible', language, list=names)}"
    return Wrong(mistake.line, mistake.word, mistake.why, mistake.near, said)


def wrong_meaning(line: int, word: str, error: NotMeant, language: str) -> Wrong:
    """What is wrong with what stands behind a command."""
    said = text(f"speech.wrong.{error.why}", language, default=LANGUAGES[0], **error.variables)
    if error.near:
        said = f"{said} {text('speech.near', language, near=error.near)}"
    if error.possible:
        said = f"{said} {text('speech.possible', language, list=', '.join(error.possible[:MOST_SHOWN]))}"
    return Wrong(line, word, error.why, error.near, said)


def misspoken(number: int, wrong: Sequence[Wrong], agent_language: str) -> Misspoken:
    """All that is wrong, and that nothing was done."""
    language = agent_language
    ordered = sorted(wrong, key=lambda each: each.line)[:_MOST_TOLD]
    lines = [
        text("speech.line", language, count=each.line, text=each.detail) if each.line else each.detail
        for each in ordered
    ]
    lines.append(text("speech.nothing_done", language))
    if any(each.why == "unknown" for each in ordered):
        lines.append(text("speech.escape", language))
    return Misspoken(number, ordered, "\n".join(lines))


__all__ = ["form_of", "help_words", "language_of", "misspoken", "status", "wrong_meaning", "wrong_word"]
