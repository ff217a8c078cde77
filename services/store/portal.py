"""Writing the codes and sessions of the customers' portal, and what decisions ask about them."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Dialect, delete, select, update
from sqlalchemy import bindparam as bind

from services.store import models
from services.store.columns import Instant
from services.store.models import table
from services.store.script import Step
from services.store.statements import Statement, keeping, merging
from services.store.tables.portal import PortalCode, PortalSession
from shared.messages.facts import Facts, FactsRequest
from shared.messages.portal import (
    EndPortalSession,
    OpenPortalSession,
    PortalCodeFact,
    PortalFacts,
    PutPortalCode,
    portal_key,
)

Row = dict[str, Any]

CODE, SESSION = table(PortalCode), table(PortalSession)
_KEY = table(models.KeyVersion)

DAY: Final = timedelta(days=1)
"""So far budgets look back; what no longer counts is forgotten as long after that."""
_MOST_SENT: Final = 100

_PUT_CODE = merging(CODE, lambda new: {name: new[name] for name in ("tries", "used_at")})
_OPEN = keeping(SESSION)
_END = Statement(
    lambda _: (
        update(SESSION)
        .where(SESSION.c.id == bind("which"), SESSION.c.ended_at.is_(None))
        .values(ended_at=bind("new_ended_at", type_=Instant()))
    ),
    [],
)


class Portal:
    """What one transaction writes of the portal, in the order in which it was said."""

    def __init__(self) -> None:
        self._said: list[tuple[Statement, Row]] = []

    def put_code(self, op: PutPortalCode) -> None:
        """A code that was asked for, or tried."""
        self._said.append((_PUT_CODE, op.__dict__ | {"id": op.code_id}))

    def open_session(self, op: OpenPortalSession) -> None:
        """Somebody signed in. One that ended stays ended."""
        row = op.__dict__ | {"id": op.session_id, "kind": op.point.kind, "value": op.point.value, "ended_at": None}
        self._said.append((_OPEN, row))

    def end_session(self, op: EndPortalSession) -> None:
        """Somebody went."""
        self._said.append((_END, {"which": op.session_id, "ended_at": op.at}))

    def steps(self, dialect: Dialect) -> list[Step]:
        """Everything."""
        return [step for statement, row in self._said for step in statement.steps(dialect, [row])]


def forget_portal(connection: Connection, now: datetime) -> None:
    """Forget codes that no budget looks back to, and sessions that are over."""
    connection.execute(delete(CODE).where(CODE.c.expires_at < now - 2 * DAY))
    connection.execute(delete(SESSION).where(SESSION.c.expires_at < now - DAY))


_FACT = tuple(CODE.c[name] for name in PortalCodeFact.model_fields if name != "code_id")


def add_portal(connection: Connection, request: FactsRequest, facts: Facts, now: datetime) -> None:
    """The code that is asked about, and when codes were sent there within a day; with the version of the key."""
    ask = request.portal
    if ask is None:
        return
    found = facts.portal = PortalFacts()
    row = connection.execute(select(*_FACT).where(CODE.c.id == ask.code_id)).mappings().one_or_none()
    if row is not None:
        found.code = PortalCodeFact(code_id=ask.code_id, **row)
    sent = select(CODE.c.made_at).where(CODE.c.point_id == ask.point_id, CODE.c.sent, CODE.c.made_at > now - DAY)
    found.sent = [each for (each,) in connection.execute(sent.order_by(CODE.c.made_at.desc()).limit(_MOST_SENT))]
    key = portal_key(ask.point_id)
    version = connection.execute(select(_KEY.c.version).where(_KEY.c.key == key)).scalar()
    facts.versions[key] = version or 0
