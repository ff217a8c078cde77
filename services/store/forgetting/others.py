"""What of somebody stands where it is not theirs: in others' tickets, and in rows of no ticket. There they are named no more.

Others' own words stay as they are, even where they quote; whom something went to, what was noted about it and what agents were told of
it do not. Everything here runs within one transaction and may be repeated. How much there is to do says `Forgotten.counts`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from services.store.forgetting.naming import ERASED, Names
from services.store.forgetting.rows import (
    DELIVERY,
    DOCUMENT,
    ENTRY,
    EVENT,
    MESSAGE,
    NEWS,
    OUTBOX,
    SPOKEN,
    TICKET,
    Forgotten,
    forget_messages,
    forget_spoken,
)
from services.store.models import table
from services.store.tables.knowledge import ArticleText
from shared.messages.outbound import Outbound
from shared.secrets import Keyring

ARTICLE = table(ArticleText)
_LISTS = ("participants", "unconfirmed", "watchers")
_ADDRESSED = ("to", "cc", "bcc")
_WAITING = ("queued", "sending")
_BEGINNING = 40
"""Characters by which news of a message is known: agents are told its beginning."""


def forget_written(connection: Connection, keyring: Keyring, ids: Sequence[str], now: datetime) -> Forgotten:
    """What they wrote in others' tickets, and what agents were told of it."""
    done = Forgotten()
    columns = (MESSAGE.c.ticket_id, MESSAGE.c.correlation_id, MESSAGE.c.text, MESSAGE.c.reply_text)
    found = connection.execute(select(*columns).where(MESSAGE.c.id.in_(ids))).all()
    tickets = sorted({each.ticket_id for each in found})
    told = {each.correlation_id for each in found if each.correlation_id}
    _forget_told(connection, tickets, told, done)
    words = {_begin(each) for row in found for each in (row.text, row.reply_text)} - {""}
    for row in connection.execute(select(NEWS.c.id, NEWS.c.variables).where(NEWS.c.ticket_id.in_(tickets))).all():
        text = _begin(str(row.variables.get("text") or ""))
        if text and any(text.startswith(each[: len(text)]) for each in words):
            connection.execute(delete(NEWS).where(NEWS.c.id == row.id))
    forget_messages(connection, keyring, ids, now, done)
    blank = {"data": {}, "reason": ""}
    connection.execute(update(EVENT).where(EVENT.c.message_id.in_(ids)).values(blank))
    return done


def _begin(text: str) -> str:
    return " ".join(text.split())[:_BEGINNING].rstrip("…")


def _forget_told(connection: Connection, tickets: Sequence[str], told: Collection[str], done: Forgotten) -> None:
    """Notifications of agents that were made when these messages came."""
    of = DELIVERY.c.ticket_id.in_(tickets), DELIVERY.c.agent_id != ""
    for row in connection.execute(select(DELIVERY.c.id, DELIVERY.c.outbound).where(*of)).all():
        outbound = Outbound.decode(bytes(row.outbound))
        if outbound.correlation_id in told:
            done.items.add(("delivery", row.id))
            done.blobs(outbound.model_dump_json(include={"attachments"}))
            connection.execute(delete(DELIVERY).where(DELIVERY.c.id == row.id))


def leave_others(
    connection: Connection, keyring: Keyring, ticket_ids: Sequence[str], values: Collection[str], now: datetime
) -> Forgotten:
    """In other people's tickets: nobody of these addresses takes part any more, was written to, or is named in what was noted."""
    done, names = Forgotten(), Names(values)
    changed = _leave_tickets(connection, ticket_ids, names)
    changed |= _leave_messages(connection, ticket_ids, names)
    changed |= _rename(connection, ENTRY, ENTRY.c.ticket_id.in_(ticket_ids), names, "data")
    changed |= _rename(connection, NEWS, NEWS.c.ticket_id.in_(ticket_ids), names, "variables")
    changed |= _rename(connection, EVENT, EVENT.c.ticket_id.in_(ticket_ids), names, "data", "reason")
    sent = connection.execute(select(DELIVERY).where(DELIVERY.c.ticket_id.in_(ticket_ids))).mappings().all()
    changed |= {row["ticket_id"] for row in sent if _send_no_more(connection, row, names)}
    acted = EVENT.c.ticket_id.in_(ticket_ids), func.lower(EVENT.c.actor).in_(list(names.values))
    changed |= set(connection.execute(select(EVENT.c.ticket_id).where(*acted)).scalars())
    connection.execute(update(EVENT).where(*acted).values(actor=ERASED))
    said = connection.execute(
        select(SPOKEN.c.id, SPOKEN.c.point, SPOKEN.c.ticket_id).where(SPOKEN.c.ticket_id.in_(ticket_ids))
    )
    theirs = {row.id: row.ticket_id for row in said.all() if _is_of(row.point, names)}
    forget_spoken(connection, keyring, SPOKEN.c.id.in_(list(theirs)), now, done)
    done.count("other tickets", len(changed | set(theirs.values())))
    return done


def _leave_tickets(connection: Connection, ids: Sequence[str], names: Names) -> set[str]:
    columns = [TICKET.c[name] for name in ("id", *_LISTS, "reasons", "state")]
    changed: set[str] = set()
    for row in connection.execute(select(*columns).where(TICKET.c.id.in_(ids))).mappings().all():
        kept: dict[str, Any] = {name: [x for x in row[name] if x.lower() not in names.values] for name in _LISTS}
        kept |= {name: names.without(row[name]) for name in ("reasons", "state")}
        if any(kept[name] != row[name] for name in kept):
            connection.execute(update(TICKET).where(TICKET.c.id == row["id"]).values(kept))
            changed.add(row["id"])
    return changed


def _leave_messages(connection: Connection, ids: Sequence[str], names: Names) -> set[str]:
    columns = [MESSAGE.c[name] for name in ("id", "ticket_id", "recipients", "bcc", "routed_by")]
    changed: set[str] = set()
    for row in connection.execute(select(*columns).where(MESSAGE.c.ticket_id.in_(ids))).mappings().all():
        kept: dict[str, Any] = {
            name: [x for x in row[name] if str(x.get("address", "")).lower() not in names.values]
            for name in ("recipients", "bcc")
            if row[name]
        }
        kept["routed_by"] = names.without(row["routed_by"])
        if any(kept[name] != row[name] for name in kept):
            connection.execute(update(MESSAGE).where(MESSAGE.c.id == row["id"]).values(kept))
            changed.add(row["ticket_id"])
    return changed


def _rename(connection: Connection, one: Any, of: Any, names: Names, *columns: str) -> set[str]:
    """Take them out of these columns; the tickets whose rows changed."""
    changed: set[str] = set()
    wanted = select(one.c.id, one.c.ticket_id, *(one.c[name] for name in columns))
    stands = names.may_stand_in(*(one.c[name] for name in columns))
    for row in connection.execute(wanted.where(of, stands)).mappings().all():
        kept = {name: names.without(row[name]) for name in columns}
        if any(kept[name] != row[name] for name in columns):
            connection.execute(update(one).where(one.c.id == row["id"]).values(kept))
            changed.add(row["ticket_id"])
    return changed


def _is_of(point: dict[str, Any] | None, names: Names) -> bool:
    return point is not None and str(point.get("value", "")).lower() in names.values


def _send_no_more(connection: Connection, row: Any, names: Names) -> bool:
    """A delivery of another's ticket that goes, or went, to these addresses too, or names them; whether it was one."""
    outbound = Outbound.decode(bytes(row["outbound"]))
    kept: dict[str, Any] = {
        name: [each for each in getattr(outbound, name) if each.address.lower() not in names.values]
        for name in _ADDRESSED
    }
    one = DELIVERY.c.id == row["id"]
    if any(getattr(outbound, name) for name in _ADDRESSED) and not any(kept.values()):
        connection.execute(delete(DELIVERY).where(one))
        return True
    if row["state"] not in _WAITING:  # what is still to be sent says what it is to say
        kept["variables"] = names.without(outbound.variables)
    error = names.without(row["error"])
    if error == row["error"] and all(kept[name] == getattr(outbound, name) for name in kept):
        return False
    to = row["to"] if row["to"].lower() not in names.values else kept["to"][0].address if kept["to"] else ""
    payload = outbound.model_copy(update=kept).encode()
    connection.execute(update(DELIVERY).where(one).values(outbound=payload, to=to, error=error))
    return True


def forget_untied(
    connection: Connection, keyring: Keyring, values: Collection[str], numbers: Collection[int], now: datetime
) -> Forgotten:
    """Rows of no ticket: codes that were sent to them, lists that told agents of these tickets, what they said from a telephone."""
    done, names = Forgotten(), Names(values)
    tags = {f"T-{number}" for number in numbers}
    gone: list[str] = []
    rows = select(DELIVERY.c.id, DELIVERY.c.agent_id, DELIVERY.c.outbound).where(DELIVERY.c.ticket_id.is_(None))
    for row in connection.execute(rows).all():
        outbound = Outbound.decode(bytes(row.outbound))
        to = {each.address.lower() for name in _ADDRESSED for each in getattr(outbound, name)}
        if to & names.values or (row.agent_id and _tells_of(outbound, names, tags)):
            gone.append(row.id)
            done.blobs(outbound.model_dump_json(include={"attachments"}))
    done.items |= {("delivery", each) for each in gone}
    connection.execute(delete(DELIVERY).where(DELIVERY.c.id.in_(gone)))
    done.count("deliveries", len(gone))
    said = connection.execute(select(SPOKEN.c.id, SPOKEN.c.point).where(SPOKEN.c.ticket_id.is_(None))).all()
    theirs = [row.id for row in said if _is_of(row.point, names)]
    forget_spoken(connection, keyring, SPOKEN.c.id.in_(theirs), now, done)
    for waiting in connection.execute(select(OUTBOX.c.id, OUTBOX.c.payload)).all():
        payload = bytes(waiting.payload).decode("utf-8", "replace")
        if names.are_in(payload) or any(each in payload for each in gone):
            connection.execute(delete(OUTBOX).where(OUTBOX.c.id == waiting.id))
    _rename(connection, EVENT, EVENT.c.ticket_id.is_(None), names, "data", "reason")
    acted = EVENT.c.ticket_id.is_(None), func.lower(EVENT.c.actor).in_(list(names.values))
    connection.execute(update(EVENT).where(*acted).values(actor=ERASED))
    return done


def _tells_of(outbound: Outbound, names: Names, tags: Collection[str]) -> bool:
    written = f"{outbound.subject}\n{outbound.text}\n{outbound.variables}"
    words = {each.strip(".,:;()[]'\"") for each in written.replace("\\n", " ").split()}
    return not words.isdisjoint(tags) or names.are_in(written)


def unname_documents(connection: Connection, values: Collection[str]) -> Forgotten:
    """In articles, improvement actions, saved lists and whatever else people make: their addresses go, the rest is its author's."""
    done, names = Forgotten(), Names(values)
    written = ("title", "words", "body")
    changed = 0
    for row in _naming(connection, DOCUMENT, names, ("kind", "id", "revision"), written):
        kept = {name: names.without(row[name]) for name in written}
        if any(kept[name] != row[name] for name in written):
            one = (DOCUMENT.c.kind == row["kind"]) & (DOCUMENT.c.id == row["id"])
            # Whoever is just writing it is told that somebody else has changed it.
            connection.execute(update(DOCUMENT).where(one).values(kept | {"revision": row["revision"] + 1}))
            changed += 1
    published = ("title", "summary", "body", "title_words", "words", "sorted_by")
    for row in _naming(connection, ARTICLE, names, ("seq",), published):
        kept = {name: names.without(row[name]) for name in published}
        if any(kept[name] != row[name] for name in published):
            connection.execute(update(ARTICLE).where(ARTICLE.c.seq == row["seq"]).values(kept))
    done.count("documents", changed)
    return done


def _naming(
    connection: Connection, one: Any, names: Names, key: Sequence[str], columns: Sequence[str]
) -> Iterable[Any]:
    stands = names.may_stand_in(*(one.c[name] for name in columns))
    return connection.execute(select(*(one.c[name] for name in (*key, *columns))).where(stands)).mappings().all()
