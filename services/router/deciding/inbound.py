"""Deciding about a message that came in: stored already, into a ticket, or a ticket of its own; and whether it is answered."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.router.deciding import (
    calls,
    contacts,
    conversations,
    gathered,
    importing,
    life,
    lifecycle,
    linking,
    proof,
    quarantine,
    repeating,
    sides,
    signals,
    status,
    undelivered,
)
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence, lookups, read
from services.router.deciding.opening import open_ticket
from services.router.deciding.policy import Policy
from services.router.deciding.quarantine import Waiver
from services.router.deciding.recording import add_message, event, link, message_id, reference
from services.router.deciding.speaking import taking as speaking
from services.router.deciding.threading import Placement, place, takes_part
from shared.identity import derive
from shared.messages.changeset import AddRoute, Changeset, ChangeTicket, Ledgered
from shared.messages.facts import Facts, TicketFact, point_key, reference_key, source_key, ticket_key
from shared.messages.inbound import Inbound
from shared.messages.parts import Reason
from shared.messages.people import Forget
from shared.texts.languages import pick_language


def decide_inbound(
    message: Inbound,
    facts: Facts,
    policy: Policy,
    now: datetime,
    evidence: Evidence | None = None,
    waiver: Waiver | None = None,
) -> Changeset:
    """The changeset for a message. ``evidence`` may be handed in where it was read already. With a ``waiver`` it comes out of
    quarantine."""
    evidence = evidence or read(message, policy)
    draft = Draft()
    draft.rely(facts, source_key(message.source_id))
    stored = facts.sources.get(message.source_id)
    if stored is not None:
        return _again(message, draft, facts, policy, now)
    if message.source_id in facts.erased:
        return _erased(message, draft, policy, now)
    held = facts.held.get(message.source_id)
    if held is not None and held.released_at is None and waiver is None:
        draft.operations += quarantine.another_route(message, held)
        return _held(message, draft, facts, policy, Ledgered(**_route(message), outcome="duplicate", reason="held"))
    linked = linking.take(message, evidence, facts, policy, now, draft) if waiver is None else None
    if linked is not None:
        draft.change(facts, source_key(message.source_id))
        ledger = Ledgered(**_route(message), outcome="stored", reason=linked.reason)
        return _changeset(message, draft, policy, ledger, linked.result)
    heard = speaking.take(message, evidence, facts, policy, now, draft) if waiver is None else None
    if heard is not None:
        draft.change(facts, source_key(message.source_id))
        ledger = Ledgered(**_route(message), outcome=heard.outcome, reason=heard.reason)
        return _changeset(message, draft, policy, ledger, heard.result)
    involved = _rely_on_evidence(message, evidence, facts, draft)
    facts = gathered.view(facts, involved)
    aside = sides.find(message, evidence, facts, now)
    # What comes by mail from somebody who was asked aside answers no question to the customer.
    is_signal = waiver is None and (aside is None or message.channel != "email")
    taken = signals.take(message, evidence, facts, now, draft) if is_signal else None
    if taken is not None:
        return _no_message(message, evidence, taken, facts, policy, now, draft)
    placement = aside.placement if aside is not None else place(message, evidence, facts, policy, now)
    placement = gathered.noted(placement, involved, facts)
    over = aside is None and placement.ticket is not None and _is_over(placement.ticket, evidence, policy, now)
    if placement.ticket is not None and over and not importing.stays_in(message, placement.ticket.status):
        placement = _place_beside(message, placement)
    judgement = quarantine.judge(message, evidence, placement, facts, policy, waiver or _trust(message))
    if judgement.hold is not None:
        draft.operations += quarantine.hold(message, judgement.hold, policy, now)
        ledger = Ledgered(**_route(message), outcome="quarantined", reason=judgement.hold.rule)
        return _held(message, draft, facts, policy, ledger)
    if aside is not None:
        return _beside(message, evidence, aside, placement, facts, policy, now, draft)
    if evidence.enquiry is not None and waiver is None and judgement.suspicion is None:
        return _enquiry(message, evidence, placement, facts, policy, now, draft)
    written_from = undelivered.written_from(message, evidence, facts)
    facts = undelivered.unmarked(facts, written_from)
    contact = contacts.known(evidence, facts)
    contact_id = contacts.ensure(message, evidence, contact, facts, draft)
    contact_id = contacts.tie(message, evidence, contact_id, facts, now, placement.ticket is None, draft)
    if placement.ticket is None:
        suspicion = judgement.suspicion
        ticket_id = open_ticket(
            message, evidence, placement, contact, contact_id, facts, policy, now, draft, suspicion, waiver
        )
    else:
        ticket_id = placement.ticket.ticket_id
        join(message, evidence, placement, placement.ticket, facts, policy, now, draft)
    undelivered.bounced(message, evidence, facts, policy, now, draft)
    undelivered.clear(message, written_from, facts, ticket_id, now, draft)
    if failed := proof.failure(message.authentication):
        draft.operations.append(
            event("authentication_failed", message, ticket_id, message_id(message), now, dict(failed))
        )
    draft.change(facts, source_key(message.source_id))
    result = {"ticket_id": ticket_id, "message_id": message_id(message)}
    life.follow(_cause(message), draft, facts, policy, now)
    if message.imported:
        draft.operations = importing.silenced(message, draft.operations, facts)
    how = importing.TAG if message.imported else ""
    return _changeset(message, draft, policy, Ledgered(**_route(message), outcome="stored", reason=how), result)


def _beside(
    message: Inbound,
    evidence: Evidence,
    aside: sides.Aside,
    placement: Placement,
    facts: Facts,
    policy: Policy,
    now: datetime,
    draft: Draft,
) -> Changeset:
    """The changeset for what somebody says who has no part in the ticket: kept as internal, and never answered by ourselves."""
    written_from = undelivered.written_from(message, evidence, facts)
    sides.take(message, evidence, aside, placement, facts, now, draft)
    undelivered.bounced(message, evidence, facts, policy, now, draft)
    undelivered.clear(message, written_from, facts, aside.ticket.ticket_id, now, draft)
    if failed := proof.failure(message.authentication):
        ticket_id = aside.ticket.ticket_id
        draft.operations.append(
            event("authentication_failed", message, ticket_id, message_id(message), now, dict(failed))
        )
    draft.change(facts, source_key(message.source_id))
    result = {"ticket_id": aside.ticket.ticket_id, "message_id": message_id(message)}
    life.follow(replace(_cause(message), actor=sides.actor(message)), draft, facts, policy, now)
    if message.imported:
        draft.operations = importing.silenced(message, draft.operations, facts)
    return _changeset(message, draft, policy, Ledgered(**_route(message), outcome="stored", reason="aside"), result)


def _cause(message: Inbound) -> life.Cause:
    actor = "system" if message.automatic else "customer"
    quiet = message.imported or message.silent
    return life.Cause(message.cause, actor, message.channel, quiet, message.correlation_id)


def _trust(message: Inbound) -> Waiver | None:
    """What we wrote ourselves is never spam."""
    return Waiver(acknowledge=False) if importing.is_ours(message) else None


def _route(message: Inbound) -> dict[str, str]:
    return {"channel": message.channel, "inbox": message.inbox}


def _changeset(message: Inbound, draft: Draft, policy: Policy, ledger: Ledgered, result: dict[str, Any]) -> Changeset:
    return draft.changeset(message.cause, ledger=ledger, result=result, policy=policy.version)


def _held(message: Inbound, draft: Draft, facts: Facts, policy: Policy, ledger: Ledgered) -> Changeset:
    """A message that is in quarantine, now or already."""
    draft.change(facts, source_key(message.source_id))
    return _changeset(message, draft, policy, ledger, {"held_id": quarantine.held_id(message)})


def _erased(message: Inbound, draft: Draft, policy: Policy, now: datetime) -> Changeset:
    """A message that was forgotten and has come again, out of a mailbox or an archive: counted, and forgotten again."""
    erasure_id = derive("erasure", message.cause)
    draft.operations.append(Forget(erasure_id=erasure_id, sources=[message.source_id], by="system", at=now))
    ledger = Ledgered(**_route(message), outcome="duplicate", reason="erased")
    return _changeset(message, draft, policy, ledger, {})


def _again(message: Inbound, draft: Draft, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The same message by another route: noted, nothing else."""
    stored = facts.sources[message.source_id]
    new = [inbox for inbox in message.inboxes if inbox not in stored.inboxes]
    if new:
        draft.change(facts, source_key(message.source_id))
        draft.operations += [
            AddRoute(message_id=stored.message_id, inboxes=new),
            event("route_added", message, stored.ticket_id, stored.message_id, now, {"inboxes": new}),
        ]
    ledger = Ledgered(**_route(message), outcome="duplicate", reason="another route" if new else "sent again")
    return _changeset(message, draft, policy, ledger, {"ticket_id": stored.ticket_id, "message_id": stored.message_id})


def _rely_on_evidence(message: Inbound, evidence: Evidence, facts: Facts, draft: Draft) -> set[str]:
    """Rely on all that says where the message belongs; gives the tickets that it may have to do with."""
    ids = [*evidence.foreign, *lookups(evidence), *([message.message_id] if message.message_id else [])]
    draft.rely(facts, *(reference_key(message_id) for message_id in ids))
    draft.rely(facts, *evidence.keys)
    if evidence.way is not None:
        draft.rely(facts, point_key(evidence.way.point.kind, evidence.way.point.value))
    known = {entry.ticket_id for message_id in ids for entry in facts.references.get(message_id, ())}
    numbers = (
        *evidence.by_address,
        *(number for number, _ in evidence.by_own_id),
        *evidence.by_body,
        *(each.number for each in evidence.by_side),
        *evidence.by_agent,
        *evidence.expired,
        *evidence.in_subject,
        *([evidence.press.number] if evidence.press else []),
        *([evidence.enquiry.number] if evidence.enquiry and evidence.enquiry.number is not None else []),
    )
    if evidence.enquiry:
        known |= {facts.newest[key] for key in evidence.keys if key in facts.newest}
    if evidence.content_key and evidence.points:
        # Whoever has said the same changes this key, and so does this message: two routers count one after the other.
        draft.change(facts, evidence.keys[0])
        known |= {seen.ticket_id for seen in facts.contents.get(evidence.content_key, ())}
    if evidence.failed and (failed := facts.deliveries.get(evidence.failed)) and failed.ticket_id:
        known.add(failed.ticket_id)
    known |= {facts.numbers[number] for number in numbers if number in facts.numbers}
    draft.rely(facts, *(ticket_key(ticket_id) for ticket_id in sorted(gathered.with_targets(known, facts))))
    return known


def _is_over(ticket: TicketFact, evidence: Evidence, policy: Policy, now: datetime) -> bool:
    if evidence.conversation is not None:
        return conversations.is_over(ticket, now, policy.reopen_within)
    return lifecycle.is_finished(ticket, now, policy.reopen_within)


def _no_message(
    message: Inbound,
    evidence: Evidence,
    taken: signals.Taken,
    facts: Facts,
    policy: Policy,
    now: datetime,
    draft: Draft,
) -> Changeset:
    """The changeset for what is no message to be read; words that came with it are kept in the ticket it has to do with."""
    draft.change(facts, source_key(message.source_id))
    result = {"ticket_id": taken.ticket_id} if taken.ticket_id else {}
    if taken.ticket_id and taken.reason and message.text.strip():
        placement = Placement(taken.reason, ticket=facts.tickets.get(taken.ticket_id))
        draft.operations.append(add_message(message, evidence, taken.ticket_id, placement, facts))
        draft.change(facts, ticket_key(taken.ticket_id))
        result["message_id"] = message_id(message)
        reference(message, evidence, taken.ticket_id, facts, draft)
        if taken.more:
            data = {"participant": True, "rule": taken.reason.rule, "automatic": None}
            draft.operations.append(event("message_received", message, taken.ticket_id, message_id(message), now, data))
    life.follow(_cause(message), draft, facts, policy, now)
    return _changeset(message, draft, policy, Ledgered(**_route(message), outcome="stored"), result)


def _enquiry(
    message: Inbound,
    evidence: Evidence,
    placement: Placement,
    facts: Facts,
    policy: Policy,
    now: datetime,
    draft: Draft,
) -> Changeset:
    """The changeset for somebody who asks how things stand: told where they may know, and noted in the ticket, which stays as it is."""
    contact = contacts.known(evidence, facts)
    ticket = _asked_for(evidence, placement, facts)
    draft.change(facts, source_key(message.source_id))
    known = contact.language if contact else None
    detected = pick_language(message.language, message.language_confidence, policy.languages, known)
    language = ticket.language if ticket is not None and known is None else detected
    way = status.way_of(evidence)
    why_not = "no address to answer to"
    result: dict[str, Any] = {}
    if calls.keyed(message) is not None:
        why_not, result = "", status.spoken(ticket, contact, facts, now)
    elif way is not None:
        why_not = status.answer(message, way, ticket, contact, language, facts, policy, now, draft) or ""
    if ticket is not None:
        draft.change(facts, ticket_key(ticket.ticket_id))
        beside = Placement(Reason(rule="asked for the status", evidence=f"T-{ticket.number}"), ticket=ticket)
        draft.operations.append(add_message(message, evidence, ticket.ticket_id, beside, facts))
        reference(message, evidence, ticket.ticket_id, facts, draft)
        result |= {"ticket_id": ticket.ticket_id, "message_id": message_id(message)}
    data: dict[str, object] = {"answered": not why_not, "why_not": why_not, "known": ticket is not None}
    stored = result.get("message_id")
    draft.operations.append(event("status_asked", message, result.get("ticket_id"), stored, now, data))
    life.follow(_cause(message), draft, facts, policy, now)
    ledger = Ledgered(**_route(message), outcome="stored", reason="status enquiry")
    return _changeset(message, draft, policy, ledger, result)


def _asked_for(evidence: Evidence, placement: Placement, facts: Facts) -> TicketFact | None:
    """The ticket that an enquiry is about, if its sender may know of it: the named one, the one it answers in, or the newest."""
    number = evidence.enquiry.number if evidence.enquiry else None
    if number is not None:
        ticket = facts.tickets.get(facts.numbers.get(number, ""))
        return ticket if ticket is not None and takes_part(evidence, ticket, facts) else None
    if placement.ticket is not None and placement.participant and not placement.repeated:
        return placement.ticket
    newest = (facts.newest.get(key) for key in evidence.keys)
    found = (facts.tickets.get(ticket_id) for ticket_id in newest if ticket_id)
    return next((each for each in found if each is not None and takes_part(evidence, each, facts)), None)


def _place_beside(message: Inbound, placement: Placement) -> Placement:
    """What belongs to a finished ticket: automatic mail still joins it, silently; anything else opens one that follows it."""
    ticket = placement.ticket
    if message.automatic is not None or placement.repeated or ticket is None:
        return placement
    reason = Reason(rule="follows a closed ticket", evidence=f"T-{ticket.number} by {placement.reason.rule}")
    return Placement(reason, follows=ticket, related=placement.related)


def join(
    message: Inbound,
    evidence: Evidence,
    placement: Placement,
    ticket: TicketFact,
    facts: Facts,
    policy: Policy,
    now: datetime,
    draft: Draft,
) -> None:
    """A message goes into a ticket that is there, which it may open again."""
    draft.operations.append(add_message(message, evidence, ticket.ticket_id, placement, facts))
    reference(message, evidence, ticket.ticket_id, facts, draft)
    draft.change(facts, ticket_key(ticket.ticket_id))
    change = ChangeTicket(ticket_id=ticket.ticket_id)
    machine = message.automatic is not None or placement.repeated
    if placement.repeated and repeating.TAG not in ticket.tags:
        change.fields["tags"] = [*ticket.tags, repeating.TAG]
    if machine:
        pass  # a machine gains no rights by writing
    elif placement.participant:
        change.add_participants = [a for a in evidence.participants if a not in ticket.participants]
    elif evidence.sender and evidence.sender not in ticket.participants:
        change.add_participants = change.add_unconfirmed = [evidence.sender]
    if not machine and not message.silent:  # an old mail tells nothing new
        status = lifecycle.after_message(ticket.status)
        if status != ticket.status:
            step = lifecycle.Step("message", "customer", now, policy.close_after, message.channel)
            move = lifecycle.move(ticket, status, step)
            change.fields |= move.fields
            draft.operations += [*move.timers, move.event]
    if change.fields or change.add_participants:
        draft.operations.append(change)
    data = {"participant": placement.participant, "rule": placement.reason.rule, "automatic": message.automatic}
    draft.operations.append(event("message_received", message, ticket.ticket_id, message_id(message), now, data))
    link(message, placement, ticket.ticket_id, draft)


def decide_sent_again(message: Inbound, sequence: str, policy: Policy) -> Changeset:
    """The changeset for a message that was published a second time, at ``sequence``: the ledger counts it, nothing else."""
    return Changeset(
        cause=f"{message.cause}:{sequence}",
        ledger=Ledgered(**_route(message), outcome="duplicate", reason="sent again"),
        policy=policy.version,
    )
