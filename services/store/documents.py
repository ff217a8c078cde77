"""Writing documents, and what decisions ask about them. Not here: what their bodies may be (`shared.documents`)."""

from typing import Any

from sqlalchemy import Connection, Dialect, delete, select, tuple_
from sqlalchemy import bindparam as bind

from services.store import models
from services.store.models import table
from services.store.script import Step
from services.store.statements import Statement, merging
from services.store.tables.documents import Document
from shared.messages.documents import DocumentFact, DropDocument, PutDocument, document_key
from shared.messages.facts import Facts, FactsRequest

Row = dict[str, Any]

DOCUMENT = table(Document)
_KEY = table(models.KeyVersion)
_KEPT = ("kind", "id", "made_by", "made_at")
FACT = tuple(DOCUMENT.c[name] for name in DocumentFact.model_fields)

_PUT = merging(
    DOCUMENT,
    lambda new: {name: new[name] for name in DOCUMENT.columns.keys() if name not in _KEPT},  # noqa: SIM118
)
_DROP = Statement(
    lambda _: delete(DOCUMENT).where(DOCUMENT.c.kind == bind("old_kind"), DOCUMENT.c.id == bind("old_id")), []
)


class Documents:
    """What one transaction writes about documents: of each the last that was said."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row | None] = {}

    def put(self, op: PutDocument) -> None:
        """One that is new or another."""
        self._rows[op.kind, op.id] = dict(op.__dict__)

    def drop(self, op: DropDocument) -> None:
        """One that goes."""
        self._rows[op.kind, op.id] = None

    def steps(self, dialect: Dialect) -> list[Step]:
        """Everything, in the keys' order."""
        ordered = sorted(self._rows.items())
        return [
            *_DROP.steps(dialect, [{"old_kind": kind, "old_id": name} for (kind, name), row in ordered if row is None]),
            *_PUT.steps(dialect, [row for _, row in ordered if row is not None]),
        ]


def add_documents(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """The documents that are asked for, with the versions of their keys, absent ones' too."""
    if not request.documents:
        return
    names = sorted({(each.kind, each.id) for each in request.documents})
    keys = [document_key(kind, name) for kind, name in names]
    versions = select(_KEY.c.key, _KEY.c.version).where(_KEY.c.key.in_(keys))
    facts.versions |= dict.fromkeys(keys, 0) | dict(map(tuple, connection.execute(versions)))
    found = select(*FACT).where(tuple_(DOCUMENT.c.kind, DOCUMENT.c.id).in_(names))
    for row in connection.execute(found).mappings():
        facts.documents[document_key(row["kind"], row["id"])] = DocumentFact.model_construct(**row)
