"""What forgetting means in rows. A ticket keeps its number, its dates and what figures are made of; its words, people and files go.

Everything here runs within one transaction of the store's writer and may be repeated: what is forgotten already is not found again.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from services.store import models
from services.store.dialects import insert
from services.store.forgetting.naming import ERASED
from services.store.forgetting.tombs import bury, pieces
from services.store.models import table
from services.store.tables.documents import Document
from services.store.tables.people import ErasureItem
from services.store.tables.portal import PortalSession
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.facts import point_key, source_key
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.secrets import Keyring
from shared.texts import text as worded

TICKET, MESSAGE = table(models.Ticket), table(models.Message)
DELIVERY, HELD, SPOKEN = table(models.Delivery), table(models.Held), table(models.Spoken)
ENTRY, EVENT, CAUSE = table(models.Entry), table(models.AuditEvent), table(models.Cause)
CONTACT, POINT, KEY = table(models.Contact), table(models.ContactPoint), table(models.KeyVersion)
ITEM, DOCUMENT = table(ErasureItem), table(Document)
_EDIT, _REFERENCE, _LINK = table(models.MessageEdit), table(models.Reference), table(models.TicketLink)
NEWS, _TIMER, _LEARNT = table(models.News), table(models.Timer), table(models.SpamLearnt)
_AUTOMATIC, OUTBOX, _SESSION = table(models.AutomaticSent), table(models.Outbox), table(PortalSession)
_MERGE, _MOVED, _SUGGESTION = table(models.ContactMerge), table(models.ContactMoved), table(models.ContactSuggestion)

BLOB = re.compile(r"[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?")
_PLAIN_NAME = re.compile(r"[a-z][a-z_]{0,39}")
# What documents are made for one ticket and hold its words; articles and improvement actions are the company's own.
_OF_TICKETS = ("draft", "review")
_OPEN = ("queued", "sending")
_OVER = ("closed", "spam", "merged")
# Of what a command was answered, what names rows and says nothing of anybody.
_PLAIN_RESULT = ("ticket_id", "number", "message_id", "delivery_id", "held_id", "sequence")


@dataclass
class Forgotten:
    """What went: ``counts`` for people to see, and what is to be looked for elsewhere."""

    counts: dict[str, int] = field(default_factory=dict)
    items: set[tuple[str, str]] = field(default_factory=set)

    def count(self, what: str, number: int) -> None:
        """So many more of them."""
        if number:
            self.counts[what] = self.counts.get(what, 0) + number

    def blobs(self, written: Any) -> None:
        """The blobs that are named anywhere in it."""
        self.items |= {("blob", key) for key in BLOB.findall(written if isinstance(written, str) else str(written))}


def forget_tickets(
    connection: Connection, keyring: Keyring, ids: Sequence[str], now: datetime, *, words: bool = True
) -> Forgotten:
    """Take the words, people and files from these tickets; without ``words`` only the files and originals of their messages."""
    done = Forgotten()
    done.count("tickets", len(ids))
    of = MESSAGE.c.ticket_id.in_(ids)
    found = connection.execute(
        select(MESSAGE.c.id, MESSAGE.c.source_id, MESSAGE.c.attachments, MESSAGE.c.original).where(of)
    ).all()
    for each in found:
        done.blobs([each.attachments, each.original])
    if not words:
        connection.execute(update(MESSAGE).where(of).values(attachments=[], original=None))
        done.count("messages", len(found))
        for row in connection.execute(select(DELIVERY).where(DELIVERY.c.ticket_id.in_(ids))).mappings().all():
            done.blobs(bytes(row["outbound"]).decode("utf-8", "replace"))
            if row["state"] not in _OPEN:
                payload = Outbound.decode(bytes(row["outbound"])).model_copy(update={"attachments": []}).encode()
                connection.execute(update(DELIVERY).where(DELIVERY.c.id == row["id"]).values(outbound=payload))
        return done
    forget_messages(connection, keyring, [each.id for each in found], now, done)
    done.items |= {("ticket", each) for each in ids}
    _forget_sent(connection, ids, done)
    forget_spoken(connection, keyring, SPOKEN.c.ticket_id.in_(ids), now, done)
    _forget_documents(connection, ids, done)
    _blank_tickets(connection, ids, now, done)
    _collect(connection, done, ids, ENTRY.c.data)
    for entry in connection.execute(select(ENTRY.c.id, ENTRY.c.data).where(ENTRY.c.ticket_id.in_(ids))).all():
        connection.execute(update(ENTRY).where(ENTRY.c.id == entry.id).values(data=without_words(entry.data)))
    events = connection.execute(select(EVENT.c.id, EVENT.c.data).where(EVENT.c.ticket_id.in_(ids))).all()
    for event in events:
        blank = {"data": without_words(event.data), "reason": ""}
        connection.execute(update(EVENT).where(EVENT.c.id == event.id).values(blank))
    not_agents = EVENT.c.actor.not_like("agent:%"), EVENT.c.actor.not_in(("system", "operator", "customer"))
    connection.execute(update(EVENT).where(EVENT.c.ticket_id.in_(ids), *not_agents).values(actor=ERASED))
    either = _LINK.c.ticket_id.in_(ids) | _LINK.c.other_id.in_(ids)
    connection.execute(update(_LINK).where(either).values(reason=""))
    for gone in (_REFERENCE, _TIMER, NEWS, _LEARNT, _AUTOMATIC):
        connection.execute(delete(gone).where(gone.c.ticket_id.in_(ids)))
    return done


def _collect(connection: Connection, done: Forgotten, ids: Sequence[str], column: Any) -> None:
    owner: Table = column.table
    for (value,) in connection.execute(select(column).where(owner.c.ticket_id.in_(ids))):
        done.blobs(bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else value)


def forget_messages(
    connection: Connection, keyring: Keyring, ids: Collection[str], now: datetime, done: Forgotten
) -> None:
    """Take the words, people and files from these messages, and see to it that they cannot come back."""
    for some in pieces(ids, 200):
        of = MESSAGE.c.id.in_(some)
        columns = (MESSAGE.c.source_id, MESSAGE.c.attachments, MESSAGE.c.original)
        found = connection.execute(select(*columns).where(of)).all()
        sources = {each.source_id for each in found if each.source_id}
        for each in found:
            done.blobs([each.attachments, each.original])
        _bury(connection, keyring, sources, now, done)
        connection.execute(update(MESSAGE).where(of).values(_BLANK_MESSAGE))
        connection.execute(delete(_EDIT).where(_EDIT.c.message_id.in_(some)))
        done.count("messages", len(found))


_BLANK_MESSAGE: dict[str, Any] = {
    **dict.fromkeys(("author_name", "author_address", "subject", "text", "reply_text", "correlation_id"), ""),
    **dict.fromkeys(("source_id", "header_id", "html", "bounce", "original", "routed_by", "content_key")),
    **dict.fromkeys(("forwarded_from", "authentication", "bcc", "conversation", "side")),
    **{name: [] for name in ("recipients", "attachments", "defects", "answers")},
}


def _bury(connection: Connection, keyring: Keyring, sources: set[str], now: datetime, done: Forgotten) -> None:
    bury(connection, keyring, sources, now)
    done.items |= {("source", each) for each in sources}
    for some in pieces(map(source_key, sources), 200):
        connection.execute(delete(KEY).where(KEY.c.key.in_(some)))


def _forget_sent(connection: Connection, ids: Sequence[str], done: Forgotten) -> None:
    sent = connection.execute(select(DELIVERY.c.id, DELIVERY.c.outbound).where(DELIVERY.c.ticket_id.in_(ids))).all()
    for each in sent:
        done.items.add(("delivery", each.id))
        done.blobs(bytes(each.outbound).decode("utf-8", "replace"))
    connection.execute(delete(DELIVERY).where(DELIVERY.c.ticket_id.in_(ids)))
    done.count("deliveries", len(sent))
    for row in connection.execute(select(OUTBOX.c.id, OUTBOX.c.payload)).all():
        payload = bytes(row.payload)
        if any(each.encode() in payload for each in ids):
            connection.execute(delete(OUTBOX).where(OUTBOX.c.id == row.id))


def forget_spoken(connection: Connection, keyring: Keyring, of: Any, now: datetime, done: Forgotten) -> None:
    """What agents said from elsewhere, or somebody who claimed to be one. A mailbox that gives it again is not obeyed again."""
    said = connection.execute(select(SPOKEN.c.source_id, SPOKEN.c.attachments, SPOKEN.c.original).where(of)).all()
    for each in said:
        done.blobs([each.attachments, each.original])
    _bury(connection, keyring, {each.source_id for each in said}, now, done)
    connection.execute(delete(SPOKEN).where(of))


def _forget_documents(connection: Connection, ids: Sequence[str], done: Forgotten) -> None:
    numbers = connection.execute(select(TICKET.c.number).where(TICKET.c.id.in_(ids))).scalars().all()
    of_them = DOCUMENT.c.number.in_(numbers), DOCUMENT.c.kind.in_(_OF_TICKETS)
    for (body,) in connection.execute(select(DOCUMENT.c.body).where(*of_them)):
        done.blobs(body)
    connection.execute(delete(DOCUMENT).where(*of_them))


def _blank_tickets(connection: Connection, ids: Sequence[str], now: datetime, done: Forgotten) -> None:
    names = ("id", "language", "status", "closed_at", "satisfaction", "evidence", "received_by")
    for each in connection.execute(select(*(TICKET.c[name] for name in names)).where(TICKET.c.id.in_(ids))).all():
        done.blobs(each.evidence)
        values: dict[str, Any] = dict(_BLANK_TICKET)
        values["subject"] = worded("people.erased", each.language, date=now.date().isoformat())
        values["satisfaction"] = without_words(each.satisfaction) if each.satisfaction else None
        if each.status not in _OVER:
            values |= {"status": "closed", "closed_at": each.closed_at or now, "status_since": now}
        connection.execute(update(TICKET).where(TICKET.c.id == each.id).values(values))


_BLANK_TICKET: dict[str, Any] = {
    **dict.fromkeys(("problem", "customer"), ""),
    **dict.fromkeys(("contact_id", "impact", "solution", "root_cause", "preventive_action", "tested", "details")),
    **dict.fromkeys(("conversation", "received_by", "received_via", "snoozed_until")),
    **dict.fromkeys(("first_response_due", "next_response_due", "resolution_due")),
    **{name: [] for name in ("participants", "unconfirmed", "watchers", "evidence", "latest_message_ids", "tags")},
    **{name: {} for name in ("reasons", "state")},
}


def without_words(value: Any) -> Any:
    """The same shape with only numbers, times and yes or no in it; names that are not a program's go, too."""
    if isinstance(value, dict):
        return {key: without_words(each) for key, each in value.items() if _PLAIN_NAME.fullmatch(str(key))}
    if isinstance(value, list):
        return [without_words(each) for each in value]
    return value if not isinstance(value, str) or _INSTANT.fullmatch(value) else ""


def forget_causes(
    connection: Connection, renamed: dict[str, str], answers: Iterable[tuple[str, dict[str, Any]]]
) -> None:
    """Causes get other names, which no message leads to; of what was answered only what names rows stays. The ledger's counts stay."""
    for old, new in renamed.items():
        values = {"id": new, "result": {}, "fingerprint": ""}
        connection.execute(update(CAUSE).where(CAUSE.c.id == old).values(values))
        source = old.removeprefix("inbound:").rpartition(":")[0]
        connection.execute(delete(KEY).where(KEY.c.key == source_key(source)))
    for cause, result in answers:
        kept = {key: result[key] for key in _PLAIN_RESULT if key in result}
        connection.execute(update(CAUSE).where(CAUSE.c.id == cause).values(result=kept))


def rename_in_causes(connection: Connection, answers: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """What was answered, as it is now."""
    for cause, result in answers:
        connection.execute(update(CAUSE).where(CAUSE.c.id == cause).values(result=result))


def sizes(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """How many messages each of these tickets has."""
    found: dict[str, int] = {}
    for some in pieces(ids, 200):
        statement = select(MESSAGE.c.ticket_id, func.count()).where(MESSAGE.c.ticket_id.in_(some))
        found |= {row[0]: row[1] for row in connection.execute(statement.group_by(MESSAGE.c.ticket_id))}
    return found


def forget_held(connection: Connection, keyring: Keyring, ids: Sequence[str], now: datetime) -> Forgotten:
    """Messages in quarantine. That they were held goes on counting."""
    done = Forgotten()
    rows = connection.execute(select(HELD.c.source_id, HELD.c.message).where(HELD.c.id.in_(ids))).all()
    _bury(connection, keyring, {row.source_id for row in rows}, now, done)
    for row in rows:
        try:
            message = Inbound.decode(bytes(row.message))
        except (NewerVersion, Undecodable):
            done.blobs(bytes(row.message).decode("utf-8", "replace"))
            continue
        done.blobs(message.model_dump_json(include={"attachments", "original"}))
    connection.execute(delete(HELD).where(HELD.c.id.in_(ids)))
    done.count("quarantined", len(rows))
    return done


def forget_contacts(
    connection: Connection, contacts: Sequence[str], points: Sequence[tuple[str, str]], values: Sequence[str]
) -> Forgotten:
    """Who they are, and where they can be reached."""
    done = Forgotten()
    keys = [point_key(kind, value) for kind, value in points]
    connection.execute(delete(_SUGGESTION).where(_SUGGESTION.c.contact_id.in_(contacts)))
    connection.execute(delete(_SUGGESTION).where(_SUGGESTION.c.other_id.in_(contacts)))
    merges = select(_MERGE.c.id).where(_MERGE.c.contact_id.in_(contacts) | _MERGE.c.other_id.in_(contacts))
    connection.execute(delete(_MOVED).where(_MOVED.c.merge_id.in_(merges)))
    connection.execute(delete(_MERGE).where(_MERGE.c.contact_id.in_(contacts) | _MERGE.c.other_id.in_(contacts)))
    connection.execute(delete(_AUTOMATIC).where(_AUTOMATIC.c.point_key.in_(keys)))
    connection.execute(delete(_SESSION).where(func.lower(_SESSION.c.value).in_(values)))
    connection.execute(delete(KEY).where(KEY.c.key.in_(keys)))
    of = POINT.c.key.in_(keys) | POINT.c.contact_id.in_(contacts)
    done.count("points", connection.execute(delete(POINT).where(of)).rowcount)
    done.count("contacts", connection.execute(delete(CONTACT).where(CONTACT.c.id.in_(contacts))).rowcount)
    return done


def note(connection: Connection, erasure_id: str, done: Forgotten) -> None:
    """Remember what is still to be done elsewhere."""
    values = [{"erasure_id": erasure_id, "kind": kind, "value": value} for kind, value in sorted(done.items)]
    for some in pieces(values, 200):
        connection.execute(insert(connection.dialect.name, ITEM).on_conflict_do_nothing(), some)
