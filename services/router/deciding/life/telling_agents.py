"""Agents are told of what happens to their tickets: once each for whatever happened together, never of their own doing.

Who watches a ticket is told of the customer's messages, of its status and of hand-overs; who has it, or helps, of what needs them. A
customer who writes one message after the other is one piece of news until somebody has looked, except in chats.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from services.router.deciding import spam
from services.router.deciding.life import reminding, requests
from services.router.deciding.life.living import Living
from services.router.deciding.life.notifying import hears_each, is_told_by, tell_agents, told
from services.router.deciding.life.telling import Notice, audience
from services.router.deciding.naming import short_name
from shared.messages.changeset import AddMessage
from shared.messages.parts import Attachment
from shared.settings.notifying import NewsKind
from shared.texts import text

MEMORY: Final = "agents_told"
"""Since when the agents know that the customer has written: until one of us does something."""
QUIET: Final = timedelta(minutes=15)
BURST: Final = "agents_heard"
"""How many more messages than the first of such a time were told in chats."""
MOST_IN_A_BURST: Final = 10
_SHOWN: Final = 1_500
_SEEN_TO: Final = ("message_sent", "note_added", "handed_over", "side_sent")


@dataclass(frozen=True)
class News:
    """What some agents, named as `telling.audience` takes them, are told; ``switch`` is its name in ``[agents]``."""

    switch: NewsKind
    template: str
    to: list[str]
    variables: dict[str, Any]
    attachments: tuple[Attachment, ...] = ()
    worded: Callable[[str], Mapping[str, Any]] | None = None
    """The variables that depend on the language."""


def tell(living: Living) -> None:
    """Tell each agent the most important of what concerns them."""
    switches = living.policy.agents
    ticket = living.ticket
    if not switches.notify or ticket.status in ("spam", "merged"):
        return
    if living.before is None and not (ticket.assignee or ticket.team or ticket.collaborators):
        return  # as most are that a message opens where nothing is configured: there is nobody to tell
    happened = {event.what for event in living.events}
    already = told(living)
    for causes, kind in _KINDS:
        for news in kind(living) if not causes or causes & happened else ():
            to = [each for each in news.to if each not in already] if getattr(switches, news.switch) else []
            if to:
                already.update(to)
                variables = {"by": _by(living), "url": living.policy.telling.public_url, **news.variables}
                tell_agents(
                    living,
                    to,
                    Notice(
                        news.template, variables, event=news.switch, worded=news.worded, attachments=news.attachments
                    ),
                )
    _remember(living)


def _mentioned(living: Living) -> Iterator[News]:
    """Whoever a note names."""
    for event in living.happened("note_added"):
        words = _words(living.messages("internal"), event.message_id)
        yield News(
            "mentioned",
            "agent.mentioned",
            audience(living, *event.data.get("mentions", ())),
            {"text": words},
            worded=partial(_writer, _by(living)),
        )


def _assigned(living: Living) -> Iterator[News]:
    """Who has the ticket from now on, or helps with it."""
    ticket, before = living.ticket, living.before
    request = requests.held(ticket.state) if before is None else None
    if request is not None and ticket.internal:
        variables = {"of": request.asker, "text": _shown(str(ticket.fields.get("problem") or ticket.subject))}
        yield News("requests", "agent.requested", audience(living, ticket.assignee or ticket.team), variables)
        return
    new = [ticket.assignee] if ticket.assignee and living.became("assignee") else []
    helping = [each for each in ticket.collaborators if before is None or each not in before.collaborators]
    message = _newest(living)
    variables = {"reason": _reason(living), "text": _problem(living, message)}
    yield News("assigned", "agent.assigned", audience(living, *new, *helping), variables, _files(message))


def _handed_over(living: Living) -> Iterator[News]:
    """Both sides, whoever helps, and whoever watches. Who has it from now on is told more than that already."""
    ticket, before = living.ticket, living.before
    for event in living.happened("handed_over"):
        was = before.assignee if before else None
        department = None if ticket.assignee else ticket.team
        to = audience(living, was, department, *ticket.collaborators, *ticket.watchers)
        yield News(
            "assigned", "agent.handed_over", to, {"to": _names(living, event.data["to"]), "reason": event.reason or ""}
        )


def _replied(living: Living) -> Iterator[News]:
    """The customer has written into a ticket that was there."""
    ticket = living.ticket
    for event in living.happened("message_received") if living.before is not None else ():
        if event.data.get("automatic") is None and event.data.get("rule") != "repeated content":
            to = audience(living, ticket.assignee or ticket.team, *ticket.collaborators, *ticket.watchers)
            if not _is_news(living):
                room = (living.recall(BURST) or 0) < MOST_IN_A_BURST
                to = [each for each in to if hears_each(living, each)] if room else []
            if to:
                message = _message(living.messages("in"), event.message_id)
                yield News("replied", "agent.replied", to, {"text": _said(message)}, _files(message))


def _answered_aside(living: Living) -> Iterator[News]:
    """Somebody answers in a side conversation, or what an agent was told."""
    for event in living.happened("side_received", "alert_answered"):
        if event.data.get("automatic") is None:
            message = _message(living.messages("internal"), event.message_id)
            who = (message.author.name or message.author.address) if message else ""
            to = dict.fromkeys((*reminding.holders(living), *audience(living, *living.ticket.watchers)))
            yield News("side", "agent.side", list(to), {"who": who or "?", "text": _said(message)}, _files(message))


def _opened(living: Living) -> Iterator[News]:
    """A new ticket of a team that nobody has yet."""
    ticket = living.ticket
    if living.before is None and not ticket.assignee and not ticket.internal and spam.TAG not in ticket.tags:
        message = _newest(living)
        words = {"text": _problem(living, message)}
        yield News("opened", "agent.opened", audience(living, ticket.team), words, _files(message))


def _noted(living: Living) -> Iterator[News]:
    """Between departments a note is what a message is to a customer."""
    ticket = living.ticket
    for event in living.happened("note_added") if ticket.internal and living.before is not None else ():
        to = audience(living, ticket.assignee or ticket.team, *ticket.collaborators, *ticket.watchers)
        words = _words(living.messages("internal"), event.message_id)
        yield News("noted", "agent.noted", to, {"text": words}, worded=partial(_writer, _by(living)))


def _status(living: Living) -> Iterator[News]:
    """Whoever watches, of another status; whoever has it, too, where the customer has changed it."""
    ticket = living.ticket
    for event in living.happened("status_changed")[-1:] if living.before is not None else ():
        theirs = (ticket.assignee, *ticket.collaborators) if event.actor == "customer" else ()
        to = audience(living, *theirs, *ticket.watchers)
        yield News("watched", "agent.status", to, {}, worded=partial(_states, event.data["from"], event.data["to"]))


_KINDS: Final[tuple[tuple[frozenset[str], Callable[[Living], Iterator[News]]], ...]] = (
    (frozenset({"note_added"}), _mentioned),
    (frozenset(), _assigned),
    (frozenset({"handed_over"}), _handed_over),
    (frozenset({"message_received"}), _replied),
    (frozenset({"side_received", "alert_answered"}), _answered_aside),
    (frozenset({"ticket_opened"}), _opened),
    (frozenset({"note_added"}), _noted),
    (frozenset({"status_changed"}), _status),
)
"""By what each kind of news is caused (nothing: it may be by anything), the most important first."""


def _remember(living: Living) -> None:
    """Of a customer's messages one is told until one of us has seen to it, or a while has passed."""
    known = living.recall(MEMORY)
    if is_told_by(living, "agent.replied"):
        if _is_news(living):
            living.remember(MEMORY, living.now.isoformat())
            _forget_burst(living)
        else:
            living.remember(BURST, (living.recall(BURST) or 0) + 1)
    elif known is not None and living.happened(*_SEEN_TO):
        living.remember(MEMORY, None)
        _forget_burst(living)


def _forget_burst(living: Living) -> None:
    if living.recall(BURST) is not None:
        living.remember(BURST, None)


def _is_news(living: Living) -> bool:
    """Whether the agents do not know yet that the customer has written, or have known for a while."""
    known = living.recall(MEMORY)
    return known is None or living.now - datetime.fromisoformat(known) > QUIET


def _message(messages: list[AddMessage], message_id: str | None) -> AddMessage | None:
    return next((each for each in messages if each.message_id == message_id), None)


def _newest(living: Living) -> AddMessage | None:
    """What the customer has just written, if that is what happened."""
    return next(reversed(living.messages("in")), None)


def _said(message: AddMessage | None) -> str:
    return _shown((message.reply_text or message.text) if message else "")


def _words(messages: list[AddMessage], message_id: str | None) -> str:
    return _said(_message(messages, message_id))


def _problem(living: Living, message: AddMessage | None) -> str:
    """What the customer wants: what they have just written, else what the record has."""
    return _said(message) if message else _shown(str(living.ticket.fields.get("problem") or ""))


def _files(message: AddMessage | None) -> tuple[Attachment, ...]:
    return tuple(message.attachments) if message else ()


def _shown(words: str) -> str:
    words = words.strip() or "-"
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1].rstrip()}…"


def _reason(living: Living) -> str:
    return next((event.reason for event in living.happened("handed_over") if event.reason), "")


def _by(living: Living) -> str:
    """Which agent did it, as colleagues call them; empty where it was none."""
    kind, _, name = living.cause.actor.partition(":")
    return (_called(living, name) or "") if kind == "agent" and name else ""


def _called(living: Living, name: str) -> str | None:
    known = {each.agent_id: each for each in living.facts.staff.values()}
    agent = known.get(name) or living.facts.staff.get(name) or living.facts.assignees.get(name)
    return short_name(agent, living.facts) if agent is not None else None


def _names(living: Living, names: list[str]) -> str:
    return ", ".join(_called(living, each) or each for each in names)


def _writer(by: str, language: str) -> dict[str, str]:
    """Who wrote a note: what a machine of ours brought is somebody's, too."""
    return {"by": by or text("agent.somebody", language)}


def _states(was: str, now: str, language: str) -> dict[str, str]:
    """The names of two states."""
    return {name: text(f"register.status.{state}", language) for name, state in (("was", was), ("now", now))}
