"""Rows of contacts beyond writing one down: merging and undoing it, suggestions, wishes not to be written to, changed messages; and what
decisions ask about people.

Merging moves rows by their keys and writes down which: undoing it moves just those back, whatever came to the contact since. These
statements come last in a transaction, so that a ticket that was opened in the same one moves along.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    Integer,
    and_,
    case,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import bindparam as bind

from services.store import models
from services.store.columns import Instant
from services.store.models import table
from services.store.script import Step
from services.store.statements import Lookup, Statement, changing, keeping, look_up, merging
from shared.messages import changeset as c
from shared.messages.facts import Facts, FactsRequest, PersonFact, PointFact, contact_key, point_key

Row = dict[str, Any]

_CONTACT = table(models.Contact)
_POINT = table(models.ContactPoint)
_TICKET = table(models.Ticket)
_MESSAGE = table(models.Message)
_EDIT = table(models.MessageEdit)
_MERGE = table(models.ContactMerge)
_MOVED = table(models.ContactMoved)
_SUGGESTION = table(models.ContactSuggestion)
_KEY = table(models.KeyVersion)

_OPT = merging(_POINT, lambda new: {"opted_out": new.opted_out})
_SUGGEST = keeping(_SUGGESTION)
_DISMISS = merging(_SUGGESTION, lambda new: {"dismissed_at": new.dismissed_at, "dismissed_by": new.dismissed_by})
_PUT_MERGE = keeping(_MERGE)


def _moving(owned: Any, key: Any, kind: str) -> Statement:
    columns = select(bind("merge"), literal_column(f"'{kind}'"), key).where(owned == bind("other"))
    return Statement(lambda _: insert(_MOVED).from_select(["merge_id", "kind", "key"], columns).inline(), [])


def _taking(source: Any) -> Statement:
    return Statement(
        lambda _: update(source).where(source.c.contact_id == bind("other")).values(contact_id=bind("kept")), []
    )


# Whatever was decided about one of these points meanwhile took them for the other contact's: it is decided again.
_STALE = Statement(
    lambda _: (
        update(_KEY)
        .where(_KEY.c.key.in_(select(_POINT.c.key).where(_POINT.c.contact_id == bind("other"))))
        .values(version=_KEY.c.version + literal_column("1"))
    ),
    [],
)
_INTO = Statement(lambda _: update(_CONTACT).where(_CONTACT.c.id == bind("other")).values(merged_into=bind("kept")), [])
_NO_LONGER_SUGGESTED = Statement(
    lambda _: delete(_SUGGESTION).where(
        _SUGGESTION.c.contact_id == bind("first"), _SUGGESTION.c.other_id == bind("second")
    ),
    [],
)
_MERGING = (
    _moving(_POINT.c.contact_id, _POINT.c.key, "point"),
    _moving(_TICKET.c.contact_id, _TICKET.c.id, "ticket"),
    _STALE,
    _taking(_POINT),
    _taking(_TICKET),
    _INTO,
)

_NEWEST_MERGE = (
    select(_MERGE.c.id)
    .where(_MERGE.c.contact_id == bind("kept"), _MERGE.c.other_id == bind("other"), _MERGE.c.undone_at.is_(None))
    .order_by(_MERGE.c.at.desc(), _MERGE.c.id)
    .limit(literal_column("1"))
    .offset(literal_column("0"))  # said, because SQLAlchemy would add a nameless one of its own
    .scalar_subquery()
)


def _giving_back(source: Any, key: Any, kind: str) -> Statement:
    moved = select(_MOVED.c.key).where(_MOVED.c.merge_id == _NEWEST_MERGE, _MOVED.c.kind == literal_column(f"'{kind}'"))
    statement = update(source).where(source.c.contact_id == bind("kept"), key.in_(moved))
    return Statement(lambda _: statement.values(contact_id=bind("other")), [])


_UNMERGING = (
    _giving_back(_POINT, _POINT.c.key, "point"),
    _giving_back(_TICKET, _TICKET.c.id, "ticket"),
    Statement(
        lambda _: (
            update(_MERGE)
            .where(
                _MERGE.c.contact_id == bind("kept"), _MERGE.c.other_id == bind("other"), _MERGE.c.undone_at.is_(None)
            )
            .values(undone_at=bind("at", type_=Instant()))
        ),
        [],
    ),
    Statement(
        lambda _: (
            update(_CONTACT)
            .where(_CONTACT.c.id == bind("other"))
            .values(merged_into=literal_column("NULL", _CONTACT.c.merged_into.type))
        ),
        [],
    ),
)

_SAME_MESSAGE = and_(_MESSAGE.c.ticket_id == bind("in_ticket"), _MESSAGE.c.header_id == bind("header"))
_NEWER = or_(_MESSAGE.c.edited_at.is_(None), _MESSAGE.c.edited_at <= bind("when", type_=Instant()))


def _keep_text() -> Any:
    """What it said before; of a change that is older than the newest, what that one says."""
    said = case((_NEWER, _MESSAGE.c.text), else_=bind("said", type_=_MESSAGE.c.text.type))
    columns = select(bind("edit"), _MESSAGE.c.id, said, bind("when", type_=Instant())).where(_SAME_MESSAGE)
    return insert(_EDIT).from_select(["id", "message_id", "text", "at"], columns).inline()


_EDITING = (
    Statement(lambda _: _keep_text(), []),
    Statement(
        lambda _: (
            update(_MESSAGE)
            .where(_SAME_MESSAGE, _NEWER)
            .values(
                text=bind("said", type_=_MESSAGE.c.text.type),
                reply_text=bind("said_anew", type_=_MESSAGE.c.text.type),
                attachments=bind("files", type_=_MESSAGE.c.attachments.type),
                edited_at=bind("when", type_=Instant()),
            )
        ),
        [],
    ),
)
_TAKING_BACK = Statement(
    lambda _: update(_MESSAGE).where(_SAME_MESSAGE).values(deleted_at=bind("when", type_=Instant())), []
)


class Contacting:
    """What one transaction writes about contacts, in the order in which it was decided."""

    def __init__(self) -> None:
        self._changes: dict[str, Row] = {}
        self._opts: dict[str, Row] = {}
        self._suggestions: dict[tuple[str, str], Row] = {}
        self._later: list[tuple[Statement, Row]] = []

    def change(self, op: c.ChangeContact) -> None:
        """New values of a contact."""
        values = {name: getattr(op, name) for name in ("name", "language", "timezone", "notify_by")}
        given = {name: value for name, value in values.items() if value is not None}
        self._changes.setdefault(op.contact_id, {}).update(given)

    def opt(self, key: str, row: Row) -> None:
        """Somebody wants no messages there, or wants them again."""
        self._opts[key] = row

    def suggest(self, op: c.SuggestMerge) -> None:
        """Two contacts may be one."""
        first, second = sorted((op.contact_id, op.other_id))
        row = {"contact_id": first, "other_id": second, "reason": op.reason, "at": op.at}
        self._suggestions.setdefault((first, second), row | {"dismissed_at": None, "dismissed_by": None})

    def dismiss(self, op: c.DismissSuggestion) -> None:
        """They are not; the row stays, so that nobody suggests it again."""
        first, second = sorted((op.contact_id, op.other_id))
        row = {"contact_id": first, "other_id": second, "reason": "", "at": op.at}
        self._later.append((_DISMISS, row | {"dismissed_at": op.at, "dismissed_by": op.by}))

    def merge(self, op: c.MergeContacts) -> None:
        """Two contacts are one."""
        written = {name: getattr(op, name) for name in ("contact_id", "other_id", "by", "reason", "at")}
        self._later.append((_PUT_MERGE, written | {"id": op.merge_id, "undone_at": None}))
        row = {"merge": op.merge_id, "kept": op.contact_id, "other": op.other_id}
        self._later += [(statement, row) for statement in _MERGING]
        first, second = sorted((op.contact_id, op.other_id))
        self._suggestions.pop((first, second), None)
        self._later.append((_NO_LONGER_SUGGESTED, {"first": first, "second": second}))

    def unmerge(self, op: c.UnmergeContacts) -> None:
        """They are two after all."""
        row = {"kept": op.contact_id, "other": op.other_id, "at": op.at}
        self._later += [(statement, row) for statement in _UNMERGING]

    def edit(self, op: c.EditMessage) -> None:
        """A message was changed or taken back by its sender."""
        row = {"in_ticket": op.ticket_id, "header": op.header_id, "edit": op.edit_id, "when": op.at}
        if op.deleted:
            self._later.append((_TAKING_BACK, row))
            return
        said = {"said": op.text, "said_anew": op.reply_text, "files": op.attachments}
        self._later += [(statement, row | said) for statement in _EDITING]

    def steps(self, dialect: Dialect) -> list[Step]:
        """Everything, to be run after all else."""
        if not (self._changes or self._opts or self._suggestions or self._later):
            return []
        first: list[tuple[Statement, Iterable[Row]]] = [
            (_OPT, [self._opts[key] for key in sorted(self._opts)]),
            (_SUGGEST, [self._suggestions[key] for key in sorted(self._suggestions)]),
            *((statement, [row]) for statement, row in self._later),
        ]
        steps = changing(dialect, _CONTACT, self._changes)
        return [*steps, *(step for statement, rows in first for step in statement.steps(dialect, rows))]


# -- what a decision asks -----------------------------------------------------------------------------------------------

MOST_POINTS = 1_000
_FINISHED = ("closed", "spam", "merged")

_PERSON_COLUMNS = ("name", "language", "timezone", "merged_into", "notify_by")
_PEOPLE = Lookup(
    _CONTACT.c.id,
    lambda some: select(_CONTACT.c.id, *(_CONTACT.c[name] for name in _PERSON_COLUMNS)).where(some),
)
_POINT_COLUMNS = ("kind", "value", "undeliverable", "blocked", "opted_out", "verified")
_POINTS = Lookup(
    _POINT.c.contact_id,
    lambda some: (
        select(_POINT.c.contact_id, *(_POINT.c[name] for name in _POINT_COLUMNS))
        .where(some)
        .order_by(_POINT.c.kind, _POINT.c.value)
        .limit(bind("most", type_=Integer()))
        .offset(bind("skipped", type_=Integer()))
    ),
)
_VERSIONS = Lookup(_KEY.c.key, lambda some: select(_KEY.c.key, _KEY.c.version).where(some))


def _newest(some: Any) -> Any:
    finished = case(
        (_TICKET.c.status.in_([literal_column(f"'{each}'") for each in _FINISHED]), literal_column("1")),
        else_=literal_column("0"),
    )
    place = func.row_number().over(
        partition_by=_POINT.c.key, order_by=[finished, _TICKET.c.created_at.desc(), _TICKET.c.number.desc()]
    )
    ranked = (
        select(_POINT.c.key.label("key"), _TICKET.c.id.label("id"), place.label("place"))
        .join(_TICKET, _TICKET.c.contact_id == _POINT.c.contact_id)
        .where(some, _TICKET.c.status != literal_column("'spam'"), _TICKET.c.internal.is_(False))
        .subquery()
    )
    return select(ranked.c.key, ranked.c.id).where(ranked.c.place == literal_column("1"))


_NEWEST = Lookup(_POINT.c.key, _newest)


def newest_tickets(connection: Connection, request: FactsRequest) -> dict[str, str]:
    """The newest ticket of each point's contact, one that is not over before any that is."""
    if not request.newest_of:
        return {}
    (rows,) = look_up(connection, (_NEWEST, {point_key(each.kind, each.value) for each in request.newest_of}))
    return dict(map(tuple, rows))


def _apart(mine: Any, other: Any) -> Lookup:
    return Lookup(mine, lambda some: select(mine, other).where(some, _MERGE.c.undone_at.is_not(None)))


def _dismissed(mine: Any, other: Any) -> Lookup:
    return Lookup(mine, lambda some: select(mine, other).where(some, _SUGGESTION.c.dismissed_at.is_not(None)))


_APART = (
    _apart(_MERGE.c.contact_id, _MERGE.c.other_id),
    _apart(_MERGE.c.other_id, _MERGE.c.contact_id),
    _dismissed(_SUGGESTION.c.contact_id, _SUGGESTION.c.other_id),
    _dismissed(_SUGGESTION.c.other_id, _SUGGESTION.c.contact_id),
)


def add_apart(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """Who was taken, or might be taken, for the same person as one of these contacts and is not. Of mail addresses nothing is tied by
    itself."""
    keys = (point_key(point.kind, point.value) for point in request.points if point.kind != "email")
    ids = {facts.contacts[key].contact_id for key in keys if key in facts.contacts}
    if ids:
        for rows in look_up(connection, *((lookup, ids) for lookup in _APART)):
            for contact_id, other in rows:
                facts.apart.setdefault(contact_id, []).append(other)


def add_people(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """The contacts that are asked for, with their points and the versions of all of it."""
    numbered = (facts.tickets.get(facts.numbers.get(number, "")) for number in request.people_of)
    ids = {*request.people, *(ticket.contact_id for ticket in numbered if ticket and ticket.contact_id)}
    if request.customers:
        ids |= {ticket.contact_id for ticket in facts.tickets.values() if ticket.contact_id}
    if not ids:
        return
    people, points = look_up(connection, (_PEOPLE, ids), (_POINTS, ids), most=MOST_POINTS, skipped=0)
    for contact_id, *columns in people:
        named = dict(zip(_PERSON_COLUMNS, columns, strict=True))
        facts.people[contact_id] = PersonFact(contact_id=contact_id, **named)
    for contact_id, *columns in points:
        if contact_id in facts.people:
            fact = PointFact(**dict(zip(_POINT_COLUMNS, columns, strict=True)))
            facts.people[contact_id].points.append(fact)
    keys = {contact_key(each) for each in ids}
    keys |= {point_key(point.kind, point.value) for each in facts.people.values() for point in each.points}
    (versions,) = look_up(connection, (_VERSIONS, keys))
    facts.versions |= dict.fromkeys(keys, 0) | dict(map(tuple, versions))
