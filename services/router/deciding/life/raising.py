"""Raising a ticket to somebody else: who gets it, what its priority is from then on, who is told, and what they need to go on with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.router.deciding.life.living import Living
from services.router.deciding.life.notifying import tell_agents
from services.router.deciding.life.presence import known
from services.router.deciding.life.satisfaction import leads
from services.router.deciding.life.telling import Notice, audience
from shared.messages.changeset import AddMessage
from shared.messages.life import EntryFact
from shared.messages.parts import Address, Reason
from shared.settings.escalation import LEAD, OPERATORS
from shared.texts import text

_RANKS = ("low", "normal", "high", "urgent")
_PROBLEM = 2_000
_SOLUTION = 1_000
_MOST = 20
"""Of each kind of entry the newest so many are told of."""


@dataclass(frozen=True)
class Raising:
    """One raise: ``to`` whom, at least to which ``priority``, whom to ``notify``; ``why`` is a reason of the catalogue
    (``escalation.why.<why>``), ``because`` what somebody said; ``name`` is the escalation's, ``level`` counts."""

    to: str
    priority: str | None
    notify: tuple[str, ...]
    why: str
    name: str
    level: int
    because: str = ""


def climb(living: Living, raising: Raising) -> None:
    """Do it: the ticket goes there, an internal message has all that is needed to go on, and everybody concerned is told."""
    before = living.ticket.assignee or living.ticket.team
    fields, told = _target(living, raising.to)
    if raising.priority and _RANKS.index(raising.priority) > _RANKS.index(living.ticket.priority):
        fields["priority"] = raising.priority
    if fields:
        why = Reason(rule="escalated", evidence=raising.name)
        living.change(reasons={name: why for name in fields if fields[name] is not None}, **fields)
    language = living.policy.languages[0] if living.policy.languages else "en"
    reason = text(f"escalation.why.{raising.why}", language, reason=raising.because)
    summary = _summary(living, reason, language)
    message_id = living.derive("message", "escalated", raising.name, str(raising.level))
    living.draft.operations.append(_internal(living, message_id, summary))
    event = living.event(
        "escalated",
        raising.because or raising.why.replace("_", " "),
        message_id=message_id,
        name=raising.name,
        level=raising.level,
        why=raising.why,
        to=raising.to,
        priority=living.ticket.priority,
        **{"from": before},
    )
    if not raising.because:
        event.actor, event.channel = "system", ""
    everybody = dict.fromkeys((*told, *_addresses(living, raising.notify)))
    notice = Notice("agent.escalated", {"text": summary}, name=f"{raising.name} {raising.level}", event="escalated")
    tell_agents(living, list(everybody), notice)


def _internal(living: Living, message_id: str, summary: str) -> AddMessage:
    return AddMessage(
        message_id=message_id,
        ticket_id=living.ticket_id,
        direction="internal",
        channel=living.ticket.channel,
        inbox=living.ticket.inbox,
        author=Address(name=living.policy.company, address=""),
        author_kind="system",
        text=summary,
        reply_text=summary,
        created_at=living.now,
        correlation_id=living.cause.correlation_id,
    )


# -- to whom ------------------------------------------------------------------------------------------------------------


def _target(living: Living, to: str) -> tuple[dict[str, Any], list[str]]:
    """What changes of a ticket that goes there, and the addresses of who is told. Nobody who is away is given it: they are told."""
    ticket = living.ticket
    if not to:
        return {}, []
    if to in living.policy.teams:
        moved = {"team": to, "assignee": None} if ticket.team != to else {}
        return moved, audience(living, to)
    if to == LEAD:
        addresses = leads(living)
        there = [each for each in addresses if _is_there(living, each)]
        agents = [agent for each in there if (agent := known(living, each)) is not None]
        if not agents:
            return {}, addresses
        if any(_is_of(ticket.assignee, agent.email, agent.agent_id) for agent in agents):
            return {}, addresses
        chosen = min(agents, key=lambda agent: (agent.open, agent.email))
        return {"assignee": chosen.email}, [chosen.email]
    agent = known(living, to)
    if agent is None or not _is_there(living, to) or _is_of(ticket.assignee, agent.email, agent.agent_id):
        return {}, audience(living, to)
    return {"assignee": agent.email}, audience(living, to)


def _is_there(living: Living, address: str) -> bool:
    agent = known(living, address)
    return agent is not None and (agent.away_until is None or agent.away_until <= living.now)


def _is_of(assignee: str | None, *names: str) -> bool:
    return bool(assignee) and str(assignee).lower() in (name.lower() for name in names)


def _addresses(living: Living, names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        if name == LEAD:
            found += leads(living)
        elif name == OPERATORS:
            found += [address.lower() for address in living.policy.alerts]
        else:
            found += audience(living, name)
    return found


# -- what they need to know ---------------------------------------------------------------------------------------------


def _summary(living: Living, reason: str, language: str) -> str:
    """All that is needed to go on with the ticket, for colleagues: who and what, what was done and promised, what is due when."""
    ticket = living.ticket
    # A ticket that is just being opened gets its number from the store.
    number = f"T-{ticket.number}" if ticket.number else ""
    lines = [
        text("escalation.head", language, ticket=number, subject=ticket.subject[:200], reason=reason).lstrip(),
        _line("customer", language, _customer(living)),
        _line("state", language, _state(living)),
        _line("problem", language, str(ticket.fields.get("problem") or "").strip()[:_PROBLEM]),
        _line("solution", language, str(ticket.fields.get("solution") or "").strip()[:_SOLUTION]),
        _listed("done", language, [_done(living, each) for each in _entries(living, "action", "call", "task")]),
        _listed("promised", language, [_promised(living, each) for each in _entries(living, "promise")]),
        _listed("due", language, _dues(living, language)),
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _line(name: str, language: str, value: str) -> str:
    return f"{text(f'escalation.{name}', language)} {value}" if value else ""


def _listed(name: str, language: str, values: list[str]) -> str:
    return "\n".join([text(f"escalation.{name}", language), *(f"- {value}" for value in values)]) if values else ""


def _customer(living: Living) -> str:
    person = living.facts.people.get(living.ticket.contact_id or "")
    points = [point.value for point in (person.points if person else ())][:5] or [living.ticket.customer]
    return ", ".join(filter(None, (person.name if person else "", *points)))


def _state(living: Living) -> str:
    ticket = living.ticket
    parts = (ticket.status, ticket.priority, ticket.category, ticket.team, ticket.assignee)
    return ", ".join((living.policy.record.shown(ticket.created_at), *filter(None, parts)))


def _entries(living: Living, *kinds: str) -> list[EntryFact]:
    return [each for each in living.entries if each.kind in kinds][-_MOST:]


def _done(living: Living, entry: EntryFact) -> str:
    who = entry.data.get("department") or entry.data.get("owner") or entry.data.get("who")
    at = entry.done_at or entry.created_at
    mark = "✓" if entry.done_at is not None or entry.kind == "call" else "…"
    return f"{mark} {living.policy.record.shown(at)}: {entry.data.get('what', '')}" + (f" ({who})" if who else "")


def _promised(living: Living, entry: EntryFact) -> str:
    due = f" → {living.policy.record.shown(entry.due_at)}" if entry.due_at else ""
    return f"{'✓' if entry.done_at is not None else '…'} {entry.data.get('what', '')}{due}"


def _dues(living: Living, language: str) -> list[str]:
    ticket = living.ticket
    clocks = {
        "first_response": ticket.first_response_due,
        "next_response": ticket.next_response_due,
        "resolution": ticket.resolution_due,
    }
    return [
        f"{text(f'sla.{clock}', language)}: {living.policy.record.shown(due)}"
        for clock, due in clocks.items()
        if due is not None
    ]
