"""Requests: an internal ticket by which a department is asked for something, and what comes back of it to whoever asked.

The ticket for which it is asked keeps its owner. What the department writes into its own ticket, and how it is solved, comes back there as
internal messages, and its owner is told each time; the customer never sees any of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.router.deciding import gathered
from services.router.deciding.life import reminding
from services.router.deciding.life.living import Living, live
from services.router.deciding.life.notifying import tell_agents, told
from services.router.deciding.life.promises import put
from services.router.deciding.life.telling import Notice, audience, responsible
from services.router.deciding.lifecycle import OVER
from shared.identity import derive
from shared.messages.changeset import AddMessage
from shared.messages.outbound import TimerDue
from shared.messages.parts import Address

MEMORY: Final = "request"
TIMER: Final = "request"
_SHOWN: Final = 1_500


@dataclass(frozen=True)
class Held:
    """What an internal ticket remembers: of whom (``to``) it is asked and by whom, for which ticket (its number ``of`` and its id
    ``parent``; null: for none), until when, and when it was answered."""

    to: str
    asker: str
    of: str | None = None
    parent: str | None = None
    due: datetime | None = None
    answered_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """As the ticket's state has it; ``from`` is the name of the API."""
        times = {"due": self.due, "answered_at": self.answered_at}
        shown = {name: at.isoformat() if at else None for name, at in times.items()}
        return {"to": self.to, "from": self.asker, "of": self.of, "parent": self.parent, **shown}


def held(state: Mapping[str, Any]) -> Held | None:
    """What a ticket's state says; null where nothing is asked by it."""
    known = state.get(MEMORY)
    if not known:
        return None
    due, answered = (
        datetime.fromisoformat(known[name]) if known.get(name) else None for name in ("due", "answered_at")
    )
    return Held(known["to"], known["from"], known.get("of"), known.get("parent"), due, answered)


def entry_id(request_id: str) -> str:
    """The entry of the record by which the asking ticket knows of the request."""
    return derive("entry", "request", request_id)


def follow(living: Living) -> None:
    """Bring back what the department writes and how it ends, and watch the time."""
    request = held(living.ticket.state)
    if request is None or not living.ticket.internal:
        return
    if request.due is not None and living.ticket.resolution_due != request.due and living.ticket.status not in OVER:
        living.change(resolution_due=request.due)  # what was agreed counts more than the usual target
    if living.before is None:
        if request.due is not None:
            living.timer(TIMER, request.due)
        return
    parent = _parent(living, request)
    _bring_back(living, request, parent)
    over, was_over = living.ticket.status in OVER, living.before.status in OVER
    if over and request.answered_at is None:
        _answered(living, request, parent)
    elif was_over and not over and living.ticket.status not in ("spam", "merged") and request.answered_at is not None:
        _taken_up_again(living, request, parent)


def _parent(living: Living, request: Held) -> Living | None:
    """The ticket for which it is asked, as it will be; null for none."""
    if request.parent is None:
        return None
    parent = live(living.cause, request.parent, living.draft, living.facts, living.policy, living.now)
    if parent is not None and parent.ticket.status == "merged":
        target = gathered.chain(request.parent, living.facts)[-1]
        return live(living.cause, target, living.draft, living.facts, living.policy, living.now) or parent
    return parent


def _bring_back(living: Living, request: Held, parent: Living | None) -> None:
    """What was written into it is a message of the asking ticket as well."""
    noted = {event.message_id for event in living.happened("note_added")}
    for message in living.messages("internal"):
        if message.message_id not in noted or message.side is not None:
            continue
        if parent is not None:
            _copy(living, request, parent, message.text, message.author, message.message_id)
            parent.event("request_noted", request=living.ticket_id)
        _tell(living, request, parent, "agent.request_noted", message.text)


def _answered(living: Living, request: Held, parent: Living | None) -> None:
    """It is done, or at least over."""
    living.cancel(TIMER)
    done = Held(request.to, request.asker, request.of, request.parent, request.due, living.now)
    living.remember(MEMORY, done.as_json())
    living.event("request_answered", status=living.ticket.status)
    words = str(living.ticket.fields.get("solution") or "").strip()
    if parent is not None:
        if words:
            _copy(
                living,
                request,
                parent,
                words,
                Address(name=str(living.ticket.fields.get("solved_by") or ""), address=""),
                "solution",
            )
        _enter(living, parent, living.now)
        parent.event("request_answered", request=living.ticket_id)
    _tell(living, request, parent, "agent.request_answered", words or "-")


def _taken_up_again(living: Living, request: Held, parent: Living | None) -> None:
    """It was not done after all."""
    again = Held(request.to, request.asker, request.of, request.parent, request.due)
    living.remember(MEMORY, again.as_json())
    if request.due is not None and request.due > living.now:
        living.timer(TIMER, request.due)
    if parent is not None:
        _enter(living, parent, None)
        parent.event("request_reopened", request=living.ticket_id)


def _copy(living: Living, request: Held, parent: Living, words: str, author: Address, name: str) -> None:
    """An internal message of the asking ticket that says where it comes from."""
    ticket, asking = living.ticket, parent.ticket
    said = f"T-{ticket.number} ({request.to}): {words}"
    parent.changes()
    parent.draft.operations.append(
        AddMessage(
            message_id=living.derive("message", "request", parent.ticket_id, name),
            ticket_id=parent.ticket_id,
            direction="internal",
            channel="email",
            inbox=asking.inbox,
            author=author,
            author_kind="agent",
            subject=ticket.subject,
            text=said,
            reply_text=said,
            created_at=living.now,
            correlation_id=living.cause.correlation_id,
        )
    )


def _enter(living: Living, parent: Living, done_at: datetime | None) -> None:
    """The action in the record of the asking ticket is done, or not after all."""
    mine = entry_id(living.ticket_id)
    entry = next((each for each in parent.entries if each.entry_id == mine), None)
    if entry is None or (entry.done_at is None) == (done_at is None):
        return
    put(parent, entry, done_at=done_at)
    if done_at is not None:
        parent.event("entry_done", entry=mine, kind="action")


def due(living: Living, _timer: TimerDue) -> None:
    """The time is over: whoever was asked and whoever asked are told, once."""
    request = held(living.ticket.state)
    if request is None or request.answered_at is not None or living.ticket.status in (*OVER, "spam", "merged"):
        return
    living.event("request_overdue", due=request.due.isoformat() if request.due else None)
    variables = {
        "until": living.policy.record.shown(request.due or living.now),
        "url": living.policy.telling.public_url,
    }
    shown = {**variables, "of": request.to, "request": f"T-{living.ticket.number}"}
    notice = Notice("agent.request_overdue", shown, event="requests")
    if living.policy.agents.requests:
        tell_agents(living, responsible(living), notice)
    parent = _parent(living, request)
    if parent is not None:
        parent.event("request_overdue", request=living.ticket_id)
    _tell(living, request, parent, notice.template, "", **variables)


def _tell(living: Living, request: Held, parent: Living | None, template: str, words: str, **more: str) -> None:
    """Tell whoever asked: the owner of the ticket for which it is asked, else who is named as the asker."""
    if not living.policy.agents.requests:
        return
    variables = {
        "of": request.to,
        "request": f"T-{living.ticket.number}",
        "text": words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…",
        "url": living.policy.telling.public_url,
        **more,
    }
    teller, to = (
        (parent, reminding.holders(parent)) if parent is not None else (living, audience(living, request.asker))
    )
    already = told(teller)
    notice = Notice(template, variables, name=living.ticket_id, event="requests")
    tell_agents(teller, [each for each in to if each not in already], notice)
