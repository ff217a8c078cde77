"""Doing what a rule or a macro says, with all that goes along, and telling what was done and what could not be."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.router.deciding import lifecycle
from services.router.deciding.life import asking, correcting, requiring, snoozing
from services.router.deciding.life.escalating import ASKED
from services.router.deciding.life.living import Living
from services.router.deciding.life.moving import become
from services.router.deciding.life.notifying import tell_agents
from services.router.deciding.life.telling import Notice, audience
from shared.messages.changeset import AddMessage
from shared.messages.parts import Address, Reason
from shared.settings.rules import NONE, Deeds

_SNOOZED = ("new", "open", "pending", "on_hold")
_ROUTED = ("priority", "category", "team", "assignee")


@dataclass(frozen=True)
class Hand:
    """Whose hand it is: a rule or a macro, its ``name``, and who is the author of its notes. Rules do not change what a person has
    corrected (``guarded``)."""

    kind: str
    name: str
    author: Address
    author_kind: str = "system"
    guarded: bool = True


@dataclass
class Acted:
    """What was ``did``, and what was ``skipped`` with why."""

    did: dict[str, Any] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def act(living: Living, deeds: Deeds, hand: Hand) -> Acted:
    """Do it all, in a fixed order: what the ticket is, then who hears of it, then where it goes."""
    acted = Acted()
    _change(living, deeds, hand, acted)
    if deeds.note:
        _note(living, deeds.note, hand)
        acted.did["note"] = True
    if deeds.ask:
        _done(acted, "ask", asking.ask(living))
    if deeds.snooze is not None:
        _done(acted, "snooze", _snooze(living, living.now + deeds.snooze))
    if deeds.status is not None and deeds.status != living.ticket.status:
        _done(acted, "status", _status(living, deeds.status, hand), deeds.status)
    if deeds.escalate:
        living.event(ASKED, f"{hand.kind} {hand.name}", to=deeds.escalate)
        acted.did["escalate"] = deeds.escalate
    if deeds.notify:
        notice = Notice("agent.rule", {"rule": hand.name}, name=hand.name, event="escalated")
        tell_agents(living, audience(living, *deeds.notify), notice)
        acted.did["notify"] = list(deeds.notify)
    if deeds.webhook:
        acted.did["webhook"] = deeds.webhook
    return acted


def _done(acted: Acted, name: str, refused: str | None, value: Any = True) -> None:
    if refused is None:
        acted.did[name] = value
    else:
        acted.skipped[name] = refused


# -- what the ticket is -------------------------------------------------------------------------------------------------


def _change(living: Living, deeds: Deeds, hand: Hand, acted: Acted) -> None:
    """New values of its columns, in one operation and one event; what is so already is no change."""
    ticket, fields = living.ticket, dict[str, Any]()
    for name in ("priority", "category", "kind", "team", "assignee"):
        value = getattr(deeds, name)
        if value:
            _choose(living, name, None if value == NONE else value, hand, fields, acted)
    if "category" in fields and not deeds.team:
        _team_of_category(living, fields, hand, acted)
    if deeds.tags or deeds.untag:
        tags = [tag for tag in dict.fromkeys((*ticket.tags, *deeds.tags)) if tag not in deeds.untag]
        if tags != ticket.tags:
            fields["tags"] = tags
    if not fields:
        return
    changes = {name: [getattr(ticket, name), value] for name, value in fields.items()}
    because = Reason(rule=hand.kind, evidence=hand.name)
    reasons = {name: because for name in fields if name != "tags" and fields[name] is not None}
    living.change(reasons=reasons, **fields)
    short = {name: fields[name] for name in _ROUTED if name in fields}
    living.event("ticket_changed", f"{hand.kind} {hand.name}", fields=list(fields), changes=changes, **short)
    acted.did |= fields


def _choose(living: Living, name: str, value: Any, hand: Hand, fields: dict[str, Any], acted: Acted) -> None:
    by = correcting.corrected_by(living, name) if hand.guarded else None
    if name == "assignee" and value is not None:
        value = value.strip().lower()
    if value == getattr(living.ticket, name):
        return
    if by is not None:
        acted.skipped[name] = f"corrected by {by}"
    else:
        fields[name] = value


def _team_of_category(living: Living, fields: dict[str, Any], hand: Hand, acted: Acted) -> None:
    """Another category's team has it, unless somebody has chosen another one."""
    teams = {rule.name: rule.team for rule in living.policy.categories}
    team = teams.get(fields["category"])
    if team and living.ticket.team in (None, teams.get(living.ticket.category or "")):
        _choose(living, "team", team, hand, fields, acted)


def _note(living: Living, words: str, hand: Hand) -> None:
    message_id = living.derive("message", "note", hand.kind, hand.name)
    living.draft.operations.append(
        AddMessage(
            message_id=message_id,
            ticket_id=living.ticket_id,
            direction="internal",
            channel=living.ticket.channel,
            inbox=living.ticket.inbox,
            author=hand.author,
            author_kind="agent" if hand.author_kind == "agent" else "system",
            text=words,
            reply_text=words,
            created_at=living.now,
            correlation_id=living.cause.correlation_id,
        )
    )
    living.event("note_added", message_id=message_id, mentions=[])


# -- where it goes ------------------------------------------------------------------------------------------------------


def _status(living: Living, status: str, hand: Hand) -> str | None:
    """Move it there. Gives why not."""
    if status == "closed":
        lacking = requiring.missing(living.ticket, requiring.entries_of(living), living.policy)
        if lacking:
            return f"the category requires {', '.join(lacking)}"
    try:
        become(living, status, "hand", f"{hand.kind} {hand.name}")
    except lifecycle.NotAllowed as error:
        return str(error)
    return None


def _snooze(living: Living, until: datetime) -> str | None:
    """Put it off. Gives why not."""
    ticket = living.ticket
    if ticket.status not in _SNOOZED:
        return f"a {ticket.status} ticket cannot be put off"
    asleep = ticket.snoozed_until is not None
    held = (living.recall(snoozing.MEMORY) or {}).get("from") if asleep else None
    before = held or ticket.status
    if ticket.status != "on_hold":
        become(living, "on_hold", "hand", "put off")
    living.change(snoozed_until=until)
    living.remember(snoozing.MEMORY, {"from": before})
    living.timer(snoozing.TIMER, until)
    living.event("snoozed", until=until.isoformat())
    return None
