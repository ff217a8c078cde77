"""Deciding about merging: two tickets of one customer are one, and are two again when somebody says so.

What one has goes to the other: messages, deliveries, the entries of its record, its side conversations, those who take part or watch.
What it is found by stays its own and leads on (`services.router.deciding.gathered`). It keeps what moved, and what it was, so that just
that can be given back, with whatever followed from it meanwhile. Nobody outside is told of any of this.

Tickets of different customers are never merged: each would be shown what the other one wrote.
"""

from datetime import datetime
from typing import Any

from pydantic_core import to_json

from services.router.deciding import gathered, lifecycle, marks
from services.router.deciding.commands import moving, returning
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.life import promises
from services.router.deciding.sending import kind_of_customer
from shared.identity import derive
from shared.messages.changeset import (
    CancelTimer,
    ChangeTicket,
    LinkTickets,
    MovedReference,
    MoveMessages,
    SetTimer,
)
from shared.messages.facts import FactsRequest, MessageFact, TicketFact, ticket_key
from shared.messages.gathering import Merge, MoveRecord, Unmerge
from shared.messages.life import EntryFact, UnlinkTickets
from shared.messages.parts import Reason

MEMORY = "merge"
"""What a merged ticket remembers: what it was (`returning.whole_memory`), and what of it moved."""
LINK = "merged"
PROBLEM = "problem"
MOST_MESSAGES = 2_000
"""What has more is a mail loop's."""
_MOST_BYTES = 90_000
_BECAUSE = "tickets were merged"
_SIDE = "side"
# These belong to a status and come back with it.
_OF_STATUS = ("close", "snooze", "sla")


def merge_needs(want: Merge) -> FactsRequest:
    """What must be known to merge."""
    both = [want.number, want.into]
    return FactsRequest(numbers=both, messages_of=both, deliveries_of=[want.number], timers_of=[want.number])


def unmerge_needs(want: Unmerge) -> FactsRequest:
    """What must be known to undo a merging; the store adds what is wanted of the ticket that this one is part of."""
    return FactsRequest(numbers=[want.number], messages_of=[want.number], deliveries_of=[want.number])


def merge(do: Doing, want: Merge) -> dict[str, Any]:
    """One ticket becomes part of another. Raises `Refused`."""
    if want.number == want.into:
        raise Refused("invalid", f"into: T-{want.number} cannot be merged into itself")
    source, target = do.ticket(want.number), do.ticket(want.into)
    _possible(do, source, target)
    if not _same_customer(source, target):
        if want.force:
            return _link_instead(do, source, target)
        raise Refused(
            "conflict",
            f"into: T-{want.number} and T-{want.into} are of different customers, who must not read one another's mail; "
            "with force they are linked as one problem instead",
        )
    if target.customer == "" and source.customer:
        raise Refused("conflict", f"into: T-{want.into} has no customer; merge it into T-{want.number} instead")
    messages = do.facts.messages.get(source.ticket_id, [])
    if len(messages) > MOST_MESSAGES:
        raise Refused("conflict", f"T-{want.number} has more than {MOST_MESSAGES} messages")
    kept = _kept(do, source, target, messages)
    state = {**source.state, MEMORY: kept}
    if len(to_json(state)) > _MOST_BYTES:
        raise Refused("conflict", f"T-{want.number} has too much in it to be given back afterwards")
    talks = {**(target.state.get(_SIDE) or {}), **(source.state.get(_SIDE) or {})}
    if len(to_json({**target.state, _SIDE: talks})) > _MOST_BYTES:
        raise Refused("conflict", "into: the two have too many side conversations for one ticket")
    _leave(do, source, target, kept)
    _arrive(do, source, target, kept, messages)
    do.event("ticket_merged", source.ticket_id, into=target.ticket_id)
    count = len(messages)
    do.event("merge_received", target.ticket_id, messages=count, **{"from": source.ticket_id})
    return {"ticket_id": target.ticket_id, "number": target.number, "merged": True, "moved": count}


def _possible(do: Doing, source: TicketFact, target: TicketFact) -> None:
    for field, ticket in (("number", source), ("into", target)):
        if ticket.status == "merged":
            whole = gathered.final(ticket.ticket_id, do.facts)
            where = f"T-{whole.number}" if whole is not None else "another ticket"
            raise Refused("conflict", f"{field}: T-{ticket.number} was merged into {where} already")
        if ticket.status == "spam":
            raise Refused("conflict", f"{field}: T-{ticket.number} is spam; say first that it is not")
    if source.internal != target.internal:
        raise Refused("conflict", "into: an internal ticket and a customer's are never merged; link them")


def _same_customer(source: TicketFact, target: TicketFact) -> bool:
    """Whether nobody is shown anything new by it; a ticket that was written by hand for nobody is nobody's."""
    if not source.customer or not target.customer:
        return source.contact_id is None or target.contact_id is None or source.contact_id == target.contact_id
    if source.contact_id is not None and source.contact_id == target.contact_id:
        return True
    same_kind = kind_of_customer(source) == kind_of_customer(target)
    return same_kind and source.customer.lower() == target.customer.lower()


def _link_instead(do: Doing, source: TicketFact, target: TicketFact) -> dict[str, Any]:
    link = LinkTickets(
        ticket_id=source.ticket_id, other_id=target.ticket_id, kind=PROBLEM, reason="different customers"
    )
    do.draft.operations.append(link)
    do.event("tickets_linked", source.ticket_id, to=target.ticket_id, kind=PROBLEM)
    do.event("tickets_linked", target.ticket_id, to=source.ticket_id, kind=PROBLEM)
    return {"ticket_id": target.ticket_id, "number": target.number, "merged": False, "linked": PROBLEM, "moved": 0}


def _kept(do: Doing, source: TicketFact, target: TicketFact, messages: list[MessageFact]) -> dict[str, Any]:
    """What is needed to undo it."""
    ids = {message.message_id for message in messages}
    deliveries = [each for each in do.facts.deliveries.values() if each.ticket_id == source.ticket_id]
    timers = [each for each in do.facts.timers.values() if each.ticket_id == source.ticket_id]
    new = [each for each in source.participants if each not in target.participants]
    watching = [*source.watchers, *([source.assignee] if source.assignee else []), *source.collaborators]
    theirs = (target.assignee, *target.watchers, *target.collaborators)
    links = do.facts.links.get(source.ticket_id, ())
    return {
        **returning.whole_memory(source),
        "into": target.ticket_id,
        "at": do.now.isoformat(),
        "messages": [message.message_id for message in messages],
        "deliveries": [each.delivery_id for each in deliveries if each.message_id not in ids],
        "entries": [entry.entry_id for entry in do.facts.entries.get(source.ticket_id, ())],
        "participants": new,
        "watchers": [each for each in dict.fromkeys(watching) if each not in theirs],
        "cases": [link.other_id for link in links if link.kind == PROBLEM and not link.outward],
        "sides": [each for each in source.state.get(_SIDE) or {} if each not in (target.state.get(_SIDE) or {})],
        "timers": [
            {"id": each.timer_id, "kind": each.kind, "due": each.due_at.isoformat()}
            for each in timers
            if each.kind not in _OF_STATUS
        ],
        "woke": returning.memory(target) if _wakes(source, target) else None,
    }


def _wakes(source: TicketFact, target: TicketFact) -> bool:
    """Whether what waits for us in one ticket makes the other one wait for us, too."""
    return source.status in ("new", "open") and lifecycle.after_message(target.status) != target.status


def _leave(do: Doing, source: TicketFact, target: TicketFact, kept: dict[str, Any]) -> None:
    """The merged ticket writes to nobody any more, and nothing wakes it."""
    move = lifecycle.move(source, "merged", _step(do))
    fields = {**move.fields, "merged_into": target.ticket_id}
    do.draft.operations += [*move.timers, move.event]
    do.draft.operations.append(ChangeTicket(ticket_id=source.ticket_id, fields=fields, state={MEMORY: kept}))
    timers = [each.timer_id for each in do.facts.timers.values() if each.ticket_id == source.ticket_id]
    do.draft.operations += [CancelTimer(timer_id=timer_id) for timer_id in timers]
    do.draft.operations.append(LinkTickets(ticket_id=source.ticket_id, other_id=target.ticket_id, kind=LINK))
    for case in kept["cases"]:
        do.draft.operations.append(UnlinkTickets(ticket_id=case, other_id=source.ticket_id, kind=PROBLEM))
        if case != target.ticket_id:
            do.draft.operations.append(LinkTickets(ticket_id=case, other_id=target.ticket_id, kind=PROBLEM))


def _arrive(
    do: Doing, source: TicketFact, target: TicketFact, kept: dict[str, Any], messages: list[MessageFact]
) -> None:
    there = do.facts.messages.get(target.ticket_id, [])
    deliveries = [each for each in do.facts.deliveries.values() if each.ticket_id == source.ticket_id]
    do.draft.operations.append(
        MoveRecord(
            from_id=source.ticket_id,
            ticket_id=target.ticket_id,
            message_ids=kept["messages"],
            delivery_ids=[each.delivery_id for each in deliveries],
            entry_ids=kept["entries"],
            latest=moving.latest([*there, *messages]),
        )
    )
    for entry in do.facts.entries.get(source.ticket_id, ()):
        _watch(do, entry, target.ticket_id)
    change = ChangeTicket(
        ticket_id=target.ticket_id,
        add_participants=kept["participants"],
        add_unconfirmed=[each for each in kept["participants"] if each in source.unconfirmed],
    )
    if kept["watchers"]:
        change.fields["watchers"] = [*target.watchers, *kept["watchers"]]
    if kept["sides"]:
        theirs = source.state[_SIDE]
        change.state[_SIDE] = {**(target.state.get(_SIDE) or {}), **{each: theirs[each] for each in kept["sides"]}}
    if kept["woke"] is not None:
        move = lifecycle.move(target, lifecycle.after_message(target.status), _step(do, "message"))
        change.fields |= {**move.fields, "reopened": target.reopened}
        do.draft.operations += [*move.timers, move.event]
    do.draft.operations.append(change)


def _step(do: Doing, by: lifecycle.By = "merging") -> lifecycle.Step:
    data = {"because": _BECAUSE}
    return lifecycle.Step(by, do.command.actor, do.now, do.policy.close_after, do.command.channel, data=data)


def _watch(do: Doing, entry: EntryFact, ticket_id: str) -> None:
    """A promise or a task is watched in the ticket where it is."""
    if entry.kind in promises.WATCHED and promises.is_open(entry) and entry.due_at is not None:
        due = max(do.now, do.policy.record.ahead.before(do.now, entry.due_at))
        timer_id = derive("timer", promises.TIMER, ticket_id, entry.entry_id)
        do.draft.operations.append(SetTimer(timer_id=timer_id, kind=promises.TIMER, ticket_id=ticket_id, due_at=due))


# -- undone -------------------------------------------------------------------------------------------------------------


def unmerge(do: Doing, want: Unmerge) -> dict[str, Any]:
    """The ticket is one of its own after all. Raises `Refused`."""
    ticket = do.ticket(want.number)
    kept, passed = ticket.state.get(MEMORY), gathered.chain(ticket.ticket_id, do.facts)
    if ticket.status != "merged" or kept is None or len(passed) == 1:
        raise Refused("conflict", f"T-{want.number} is not merged")
    whole = do.facts.tickets[passed[-1]]
    do.draft.change(do.facts, *map(ticket_key, passed[1:]))
    moved = _take_out(do, ticket, whole, kept)
    _forget_between(do, passed[1:-1], {message.message_id for message in moved})
    do.draft.operations.append(UnlinkTickets(ticket_id=ticket.ticket_id, other_id=kept["into"], kind=LINK))
    for case in kept["cases"]:
        do.draft.operations += [
            UnlinkTickets(ticket_id=case, other_id=whole.ticket_id, kind=PROBLEM),
            LinkTickets(ticket_id=case, other_id=ticket.ticket_id, kind=PROBLEM),
        ]
    returning.come_back(do, ticket, kept, "merging", _BECAUSE)
    do.draft.operations.append(_own(do, ticket, whole, kept, moved))
    _set_timers(do, ticket, whole, kept)
    do.event("ticket_unmerged", ticket.ticket_id, messages=len(moved), **{"from": whole.ticket_id})
    do.event("merge_given_back", whole.ticket_id, to=ticket.ticket_id, messages=len(moved))
    return {"ticket_id": ticket.ticket_id, "number": ticket.number, "moved": len(moved)}


def _take_out(do: Doing, ticket: TicketFact, whole: TicketFact, kept: dict[str, Any]) -> list[MessageFact]:
    """What was its own, as far as it is still there, and what followed from it."""
    here = do.facts.messages.get(whole.ticket_id, [])
    wanted = set(kept["messages"])
    own = [message for message in here if message.message_id in wanted]
    sent = moving.sent_for(do, whole, here)
    moved = moving.followers(own, here, sent, by_mark=marks.through(ticket.ticket_id))
    ids = {message.message_id for message in moved}
    rest = [message for message in here if message.message_id not in ids]
    deliveries = [each for message in moved for each in sent.get(message.message_id, ())]
    known = do.facts.deliveries
    loose = [each for each in kept["deliveries"] if each in known and known[each].ticket_id == whole.ticket_id]
    there = {entry.entry_id for entry in do.facts.entries.get(whole.ticket_id, ())}
    newest = {"latest_from": moving.latest(rest), "latest": moving.latest(moved)}
    do.draft.operations.append(
        MoveRecord(
            from_id=whole.ticket_id,
            ticket_id=ticket.ticket_id,
            message_ids=[message.message_id for message in moved],
            delivery_ids=list(dict.fromkeys((*deliveries, *loose))),
            entry_ids=[each for each in kept["entries"] if each in there],
            latest_from=newest["latest_from"],
            latest=newest["latest"],
        )
    )
    later = [message for message in moved if message.message_id not in wanted]
    if later:
        references = _found_by(later, rest, own, sent)
        reason = Reason(rule="unmerged by an agent", evidence=f"from T-{whole.number} by {do.name}")
        do.draft.operations.append(
            MoveMessages(
                from_id=whole.ticket_id,
                ticket_id=ticket.ticket_id,
                message_ids=[],
                references=references,
                routed_by=reason,
                latest_from=newest["latest_from"],
                latest=newest["latest"],
            )
        )
    _give_up(do, ticket, whole, kept, rest)
    return moved


def _found_by(
    later: list[MessageFact], rest: list[MessageFact], own: list[MessageFact], sent: dict[str, list[str]]
) -> list[MovedReference]:
    """What leads to messages that came after the merging led to the other ticket, and leads here from now on."""
    staying = {known for message in rest for known in (message.header_id, *message.answers) if known}
    known = {message.header_id for message in (*own, *later) if message.header_id}
    found = [
        MovedReference(id=message.header_id, owned=True, audience=message.audience)
        for message in later
        if message.header_id
    ]
    found += [MovedReference(id=marks.sent(each)) for message in later for each in sent.get(message.message_id, ())]
    mentioned = dict.fromkeys(each for message in later for each in message.answers if " " not in each)
    return found + [MovedReference(id=each) for each in mentioned if each not in staying and each not in known]


def _give_up(do: Doing, ticket: TicketFact, whole: TicketFact, kept: dict[str, Any], rest: list[MessageFact]) -> None:
    """The other ticket loses whom it had only from this one."""
    staying = {*moving.people(do, rest), whole.customer}
    gone = {each for each in kept["participants"] if each not in staying}
    fields: dict[str, Any] = {}
    if gone.intersection(whole.participants):
        fields["participants"] = [each for each in whole.participants if each not in gone]
        fields["unconfirmed"] = [each for each in whole.unconfirmed if each not in gone]
    if set(kept["watchers"]).intersection(whole.watchers):
        fields["watchers"] = [each for each in whole.watchers if each not in kept["watchers"]]
    sides = whole.state.get(_SIDE) or {}
    state = {}
    if any(each in sides for each in kept["sides"]):
        state[_SIDE] = {name: side for name, side in sides.items() if name not in kept["sides"]} or None
    if fields or state:
        do.draft.operations.append(ChangeTicket(ticket_id=whole.ticket_id, fields=fields, state=state))
    woke = kept["woke"]
    since = whole.status_since == _time(kept["at"])
    if woke is not None and whole.ticket_id == kept["into"] and whole.status == "open" and since:
        returning.come_back(do, whole, woke, "hand", _BECAUSE)


def _own(
    do: Doing, ticket: TicketFact, whole: TicketFact, kept: dict[str, Any], moved: list[MessageFact]
) -> ChangeTicket:
    """The ticket's own again: those who wrote in it meanwhile, and its side conversations as they are now."""
    wanted = set(kept["messages"])
    later = [message for message in moved if message.message_id not in wanted]
    new = [each for each in moving.people(do, later) if each not in ticket.participants]
    unconfirmed = [each for each in new if each in whole.unconfirmed]
    sides = whole.state.get(_SIDE) or {}
    state: dict[str, Any] = {MEMORY: None}
    if kept["sides"]:
        known = ticket.state.get(_SIDE) or {}
        state[_SIDE] = {**known, **{each: sides[each] for each in kept["sides"] if each in sides}}
    return ChangeTicket(
        ticket_id=ticket.ticket_id,
        fields={"merged_into": None},
        add_participants=new,
        add_unconfirmed=unconfirmed,
        state=state,
    )


def _set_timers(do: Doing, ticket: TicketFact, whole: TicketFact, kept: dict[str, Any]) -> None:
    """What would have woken it wakes it again, at once if the time is over."""
    for timer in kept["timers"]:
        due = max(do.now, _time(timer["due"]))
        do.draft.operations.append(
            SetTimer(timer_id=timer["id"], kind=timer["kind"], ticket_id=ticket.ticket_id, due_at=due)
        )
    wanted = set(kept["entries"])
    for entry in do.facts.entries.get(whole.ticket_id, ()):
        if entry.entry_id in wanted and entry.kind in promises.WATCHED:
            for ticket_id in (whole.ticket_id, ticket.ticket_id):
                timer_id = derive("timer", promises.TIMER, ticket_id, entry.entry_id)
                do.draft.operations.append(CancelTimer(timer_id=timer_id))
            _watch(do, entry, ticket.ticket_id)


def _forget_between(do: Doing, between: list[str], ids: set[str]) -> None:
    """What this ticket has is no longer given back to those that it went through."""
    for ticket_id in between:
        ticket = do.facts.tickets[ticket_id]
        kept = ticket.state.get(MEMORY) or {}
        if ids.intersection(kept.get("messages", ())):
            left = {**kept, "messages": [each for each in kept["messages"] if each not in ids]}
            do.draft.operations.append(ChangeTicket(ticket_id=ticket_id, state={MEMORY: left}))


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)
