"""Writing models of the classifier and which is in use; and what decisions ask about that. Not here: what a model says."""

from typing import Any

from sqlalchemy import Connection, Dialect, delete, select
from sqlalchemy import bindparam as bind
from sqlalchemy import literal_column as literal

from services.store import models
from services.store.models import table
from services.store.script import Step
from services.store.statements import Statement, inserting, merging
from shared.messages.facts import Facts, FactsRequest
from shared.messages.learning import KeepModel, UseModel

Row = dict[str, Any]

MOST_MODELS = 20

MODEL, CHOICE = table(models.LearntModel), table(models.LearntChoice)
IN_USE = select(CHOICE.c.version).order_by(CHOICE.c.seq.desc()).limit(literal("1")).offset(literal("0"))
_NEWEST = (
    select(MODEL.c.version)
    .order_by(MODEL.c.at.desc(), MODEL.c.version)
    .limit(literal(str(MOST_MODELS)))
    .offset(literal("0"))
)

_KEEP = merging(MODEL, lambda new: {"by": new.by, "at": new.at})
_CHOOSE = inserting(CHOICE)
# With an offset said, since SQLite's would be a parameter; as derived tables: not every database lets "in" ask what has a limit.
_FORGET = Statement(
    lambda _: delete(MODEL).where(
        MODEL.c.version != bind("kept"),
        MODEL.c.version.not_in(select(_NEWEST.subquery().c.version)),
        MODEL.c.version.not_in(select(IN_USE.subquery().c.version)),
    ),
    [],
)


class Learning:
    """What one transaction writes about models."""

    def __init__(self) -> None:
        self._kept: dict[str, Row] = {}
        self._chosen: list[Row] = []

    def keep(self, op: KeepModel) -> None:
        """A model, which may be there already."""
        self._kept[op.model] = op.__dict__ | {"version": op.model, "size": len(op.body)}

    def use(self, op: UseModel) -> None:
        """Another one is in use, or none."""
        self._chosen.append({"version": op.model, "by": op.by, "at": op.at})

    def steps(self, dialect: Dialect) -> list[Step]:
        """Everything; last goes what is one too many."""
        if not (self._kept or self._chosen):
            return []
        return [
            *_KEEP.steps(dialect, [self._kept[key] for key in sorted(self._kept)]),
            *_CHOOSE.steps(dialect, self._chosen),
            *_FORGET.steps(dialect, [{"kept": key} for key in sorted(self._kept)]),
        ]


def add_learnt(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """Which models are kept."""
    if request.learnt:
        facts.learnt = list(connection.scalars(select(MODEL.c.version).order_by(MODEL.c.at.desc())))
