"""Committing changesets: is the cause new, is what it relied on unchanged, can it be written; then its rows.

The changesets of a group are judged one after the other as if each had been committed before the next was looked at, and written
together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, select

from services.store import models
from services.store.agents import HOLDERS, proven_key
from services.store.batch import KEY, MESSAGE, TICKET, Batch
from services.store.dialects import ticket_numbers
from services.store.models import table
from services.store.operations.applying import apply
from services.store.operations.checking import check, tickets_of
from services.store.operations.known import Known, KnownTicket
from services.store.script import Rows
from services.store.statements import Lookup, look_up
from shared.messages.agents import PutAgentPoint, RemoveAgentPoint
from shared.messages.changeset import (
    AddMessage,
    AddRoute,
    BounceDelivery,
    ChangeContact,
    Changeset,
    Committed,
    MergeContacts,
    OpenTicket,
    PutContact,
    UnmergeContacts,
)
from shared.messages.facts import contact_key, point_key, ticket_key

_CAUSE = table(models.Cause)
_CAUSES = Lookup(_CAUSE.c.id, lambda some: select(_CAUSE.c.id, _CAUSE.c.fingerprint, _CAUSE.c.result).where(some))
_VERSIONS = Lookup(KEY.c.key, lambda some: select(KEY.c.key, KEY.c.version).where(some))
_TICKETS = Lookup(
    TICKET.c.id,
    lambda some: select(
        TICKET.c.id,
        TICKET.c.number,
        TICKET.c.participants,
        TICKET.c.unconfirmed,
        TICKET.c.reasons,
        TICKET.c.latest_message_ids,
        TICKET.c.state,
    ).where(some),
)
_ROUTES = Lookup(MESSAGE.c.id, lambda some: select(MESSAGE.c.id, MESSAGE.c.inboxes).where(some))


@dataclass(slots=True)
class _State:
    causes: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    known: Known = field(default_factory=Known)


def locks(changeset: Changeset) -> Iterable[str]:
    """The keys whose holders must wait for one another: what is relied on or changed, the cause, tickets and contacts."""
    yield changeset.cause
    yield from changeset.relies
    yield from changeset.bumps
    for operation in changeset.operations:
        yield from map(ticket_key, tickets_of(operation))
        if isinstance(operation, PutContact | ChangeContact):
            yield contact_key(operation.contact_id)
        elif isinstance(operation, MergeContacts | UnmergeContacts):
            yield contact_key(operation.contact_id)
            yield contact_key(operation.other_id)
        elif isinstance(operation, BounceDelivery):
            yield f"d:{operation.delivery_id}"
        elif isinstance(operation, PutAgentPoint):
            yield point_key(operation.kind, operation.value)


def commit(
    connection: Connection, changesets: Sequence[Changeset], broken: Sequence[set[str]], batch: Batch
) -> list[Committed]:
    """Judge ``changesets`` in order and add the rows of those that pass to ``batch``; one answer each.

    ``broken`` has for each the keys which earlier ones of its request were to change and did not. It was decided as if they had; that
    another's change has given the key just the version it relies on proves nothing then.
    """
    state = _load(connection, changesets)
    answers = []
    for changeset, keys in zip(changesets, broken, strict=True):
        answers.append(_judge(changeset, state, keys))
        if answers[-1].outcome != "committed":
            keys.update(changeset.bumps)
    passed = [
        (changeset, answer)
        for changeset, answer in zip(changesets, answers, strict=True)
        if answer.outcome == "committed"
    ]
    _number(connection, passed, state)
    for changeset, answer in passed:
        apply(changeset, batch, state.known)
        ticket_id = answer.result.get("ticket_id")
        if isinstance(ticket_id, str) and ticket_id in state.known.tickets:
            answer.result["number"] = state.known.tickets[ticket_id].number
        batch.causes.append(_cause_row(changeset, answer, batch))
        for key in changeset.bumps:
            batch.versions[key] = state.versions[key]
    return answers


def _load(connection: Connection, changesets: Sequence[Changeset]) -> _State:
    keys: set[str] = set()
    named: set[str] = set()
    routed: set[str] = set()
    proven: set[str] = set()
    for changeset in changesets:
        keys.update(changeset.relies, changeset.bumps)
        for operation in changeset.operations:
            named.update(tickets_of(operation))
            if isinstance(operation, OpenTicket):
                named.add(operation.ticket_id)
            elif isinstance(operation, AddRoute):
                routed.add(operation.message_id)
            elif isinstance(operation, PutAgentPoint) and (key := proven_key(operation)):
                proven.add(key)
        ticket_id = changeset.result.get("ticket_id")
        if isinstance(ticket_id, str):
            named.add(ticket_id)
    causes, versions, tickets, routes, holders = look_up(
        connection,
        (_CAUSES, {changeset.cause for changeset in changesets}),
        (_VERSIONS, keys),
        (_TICKETS, named),
        (_ROUTES, routed),
        (HOLDERS, proven),
    )
    return _State(
        causes={cause: (fingerprint, result) for cause, fingerprint, result in causes},
        versions=_pairs(versions),
        known=Known(
            {ticket_id: KnownTicket(*columns) for ticket_id, *columns in tickets}, _pairs(routes), _pairs(holders)
        ),
    )


def _pairs(rows: Rows) -> dict[str, Any]:
    return {row[0]: row[1] for row in rows}


def _judge(changeset: Changeset, state: _State, broken: set[str]) -> Committed:
    cause = changeset.cause
    if cause in state.causes:
        fingerprint, result = state.causes[cause]
        return _answer(cause, "repeated", fingerprint=fingerprint, result=result)
    stale = [key for key, version in changeset.relies.items() if key in broken or state.versions.get(key, 0) != version]
    if stale:
        return _answer(cause, "conflict", keys=stale)
    problem = check(changeset, state.known)
    if problem:
        return _answer(cause, "invalid", error=problem)
    result = dict(changeset.result)
    state.causes[cause] = (changeset.fingerprint, result)
    for key in changeset.bumps:
        state.versions[key] = state.versions.get(key, 0) + 1
    for operation in changeset.operations:
        if isinstance(operation, OpenTicket):
            state.known.tickets[operation.ticket_id] = KnownTicket(0)
        elif isinstance(operation, AddMessage):
            state.known.routes[operation.message_id] = operation.inboxes
        elif isinstance(operation, RemoveAgentPoint):
            held = {key: point for key, point in state.known.holders.items() if point != operation.point_id}
            state.known.holders = held
        elif isinstance(operation, PutAgentPoint) and (proven := proven_key(operation)):
            state.known.holders[proven] = operation.point_id
    return _answer(cause, "committed", fingerprint=changeset.fingerprint, result=result)


Outcome = Literal["committed", "repeated", "conflict", "invalid"]


def _answer(
    cause: str,
    outcome: Outcome,
    *,
    fingerprint: str = "",
    result: dict[str, Any] | None = None,
    keys: list[str] | None = None,
    error: str = "",
) -> Committed:
    # Checking costs less than pydantic's construction without (`model_construct`), which is written in Python.
    answer = Committed(cause=cause, outcome=outcome, fingerprint=fingerprint, keys=keys or [], error=error)
    if result is not None:
        answer.result = (
            result  # itself, not a copy: it gets the ticket's number later, for a repetition in the same group too
        )
    return answer


def _number(connection: Connection, passed: Sequence[tuple[Changeset, Committed]], state: _State) -> None:
    """Give the opened tickets their numbers, in the order of the changesets."""
    opened = [
        (operation.ticket_id, answer)
        for changeset, answer in passed
        for operation in changeset.operations
        if isinstance(operation, OpenTicket)
    ]
    for (ticket_id, answer), number in zip(opened, ticket_numbers(connection, len(opened)), strict=True):
        state.known.tickets[ticket_id].number = number
        answer.numbers[ticket_id] = number


def _cause_row(changeset: Changeset, answer: Committed, batch: Batch) -> dict[str, Any]:
    ledger = changeset.ledger
    return {
        "id": changeset.cause,
        "kind": changeset.cause.partition(":")[0],
        "fingerprint": changeset.fingerprint,
        "result": answer.result,
        "policy": changeset.policy,
        "at": batch.now,
        "channel": ledger.channel if ledger else None,
        "inbox": ledger.inbox if ledger else None,
        "outcome": ledger.outcome if ledger else None,
        "reason": ledger.reason if ledger else None,
    }
