"""Rows with somebody's words in every column that is said to be forgotten, in a house in which they wrote."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Integer, LargeBinary, Table, select, update

from services.store.columns import Instant, Json
from services.store.forgetting.fates import FATES, GOES
from services.store.models import Row
from shared.clock import now
from shared.messages.facts import point_key
from shared.messages.outbound import Outbound
from shared.messages.parts import Address

TABLES: Mapping[str, Table] = Row.metadata.tables
TICKET, MESSAGE, ENTRY, EVENT = (TABLES[name] for name in ("ticket", "message", "entry", "event"))
# By these a row is tied to what it is about.
_TIES = ("contact_id", "ticket_id", "message_id", "customer", "source_id", "correlation_id")


def plant(connection: Connection, word: str, theirs: str, other: str) -> None:
    """Tie rows of all sorts to the person of the address ``theirs``, whose words have ``word``; ``other`` is somebody else's address."""
    mine = connection.execute(
        select(TICKET.c.id, TICKET.c.number, TICKET.c.contact_id).where(TICKET.c.customer == theirs)
    ).first()
    ben = connection.execute(select(TICKET.c.id, TICKET.c.number).where(TICKET.c.customer == other)).first()
    message = connection.execute(select(MESSAGE.c.id).where(MESSAGE.c.ticket_id == mine.id)).scalars().first()
    for one, key in (
        (TICKET, TICKET.c.id),
        (MESSAGE, MESSAGE.c.ticket_id),
        (ENTRY, ENTRY.c.ticket_id),
        (EVENT, EVENT.c.ticket_id),
    ):
        unique = MESSAGE.c.id == message if one is MESSAGE else True
        connection.execute(update(one).where(key == mine.id, unique).values(_words(one, word)))
    learnt = TABLES["spam_learnt"]
    connection.execute(update(learnt).where(learnt.c.ticket_id == mine.id).values(words=[word]))
    naming = f"They wrote to {theirs}, and more."
    for row in _rows(word, theirs, mine, ben, message, naming):
        name, values = row
        one = TABLES[name]
        connection.execute(one.insert(), _default(one, len(values)) | _words(one, word, values) | values)


def _words(one: Table, word: str, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The word in every column that goes, but those by which the row is found."""
    found: dict[str, Any] = {}
    for column in one.columns:
        left = column.primary_key or column.unique or column.name in _TIES or column.name in (known or {})
        if left or FATES[one.name].get(column.name) != GOES:
            continue
        found[column.name] = _as(column, word)
    return found


def _as(column: Any, word: str) -> Any:
    if column.name == "satisfaction":
        return {"score": 4, "words": word}
    if isinstance(column.type, LargeBinary):
        return word.encode()
    if column.type is Json or type(column.type) is type(Json):
        default = column.default.arg({}) if column.default is not None and callable(column.default.arg) else None
        return {"word": word} if isinstance(default, dict) else [word]
    return word


def _default(one: Table, salt: int) -> dict[str, Any]:
    """Something in every column that must have something."""
    found: dict[str, Any] = {}
    for column in one.columns:
        if column.nullable or column.autoincrement is True or one.autoincrement_column is column:
            continue
        kind = column.type
        found[column.name] = (
            now()
            if isinstance(kind, Instant)
            else False
            if isinstance(kind, Boolean)
            else 0
            if isinstance(kind, Integer) or "Integer" in type(kind).__name__
            else []
            if type(kind) is type(Json)
            else b""
            if isinstance(kind, LargeBinary)
            else f"planted-{salt}"
        )
    return found


def _rows(word: str, theirs: str, mine: Any, ben: Any, message: str, naming: str) -> list[tuple[str, dict[str, Any]]]:
    later = now()
    point, bounced = {"kind": "email", "value": theirs}, {"error": f"550 <{theirs}> unknown"}
    better = {"title": naming, "words": naming, "body": {"why": [naming]}}
    return [
        ("contact_merge", {"id": "merge-1", "contact_id": mine.contact_id, "other_id": "gone"}),
        ("contact_moved", {"merge_id": "merge-1", "kind": "point", "key": f"{word}-point"}),
        ("contact_suggestion", {"contact_id": mine.contact_id, "other_id": "zz"}),
        ("message_edit", {"id": "edit-1", "message_id": message}),
        ("news", {"id": "news-1", "ticket_id": mine.id, "agent_id": "a"}),
        ("news", {"id": "news-2", "ticket_id": ben.id, "agent_id": "a", "event": "e", "template": "t", "variables": {"who": theirs}}),
        ("spoken", {"id": "said-1", "ticket_id": mine.id, "source_id": f"{word}-said", "agent_id": None}),
        ("spoken", {"id": "said-2", "ticket_id": None, "source_id": f"{word}-said-2", "agent_id": None, "point": point}),
        ("timer", {"id": f"{word}-timer", "ticket_id": mine.id, "wake_at": datetime.max.replace(tzinfo=later.tzinfo)}),
        ("automatic_sent", {"point_key": point_key("email", theirs), "ticket_id": None, "at": later}),
        ("portal_session", {"id": "session-1", "kind": "email", "value": theirs.upper()}),
        ("quarantine", {"id": "held-1", "source_id": f"{word}-held", "sender": theirs, "released_at": None, "ticket_id": None}),
        ("ticket_link", {"ticket_id": ben.id, "other_id": mine.id, "kind": "related"}),
        ("reference", {"key": f"{word}-reference", "ticket_id": mine.id}),
        ("document", {"kind": "draft", "id": "draft-1", "number": mine.number, "title": "", "words": word, "body": {"text": word}}),
        ("document", {"kind": "review", "id": "review-1", "number": mine.number, "title": word, "words": word, "body": {"note": word}}),
        ("document", {"kind": "improvement", "id": "better-1", "number": None, **better}),
        ("document", {"kind": "view", "id": "view-1", "number": None, "title": "v", "words": "", "body": {"conditions": {"q": theirs}}}),
        ("article_text", dict.fromkeys(("title", "sorted_by", "summary", "body", "title_words", "words"), naming) | {"article": "a-1"}),
        ("cause", {"id": "command:portal-1", "kind": "command", "result": {"verified": True, "value": theirs}}),
        ("cause", {"id": "command:ticket-1", "kind": "command", "result": {"ticket_id": mine.id, "said": word}}),
        ("entry", {"id": "entry-1", "ticket_id": ben.id, "kind": "call", "data": {"who": theirs, "what": "Paper"}}),
        ("event", {"id": "event-1", "ticket_id": ben.id, "message_id": None, "actor": theirs, "reason": naming, "data": {"to": [theirs]}}),
        ("event", {"id": "event-2", "ticket_id": None, "message_id": None, "actor": "system", "reason": "", "data": {"sender": theirs}}),
        ("delivery", _sent("code-1", None, to=theirs, variables={"code": word})),
        ("delivery", _sent("digest-1", None, to="agent@acme.example", agent="a", text=f"T-{mine.number}: {word}\nT-{ben.number}: Paper")),
        ("delivery", _sent("told-1", ben.id, to="ben@other.example", variables={"participants": naming}) | bounced),
    ]  # fmt: skip


def _sent(
    name: str, ticket: str | None, *, to: str, agent: str = "", text: str = "", variables: Any = None
) -> dict[str, Any]:
    outbound = Outbound(
        delivery_id=name,
        ticket_id=ticket,
        channel="email",
        inbox="support",
        kind="alert",
        to=[Address(address=to)],
        text=text,
        variables=variables or {},
        created_at=now(),
        agent_id=agent,
    )
    values = dict.fromkeys(("message_id", "owner", "provider_id"))
    plain = dict.fromkeys(("via", "event", "code", "error"), "")
    return values | plain | {
        "id": name, "ticket_id": ticket, "channel": "email", "inbox": "support", "kind": "alert", "to": to, "state": "accepted", "rank": 3,
        "outbound": outbound.encode(), "agent_id": agent, "wake_at": None, "lease_until": None, "next_attempt_at": None,
    }  # fmt: skip
