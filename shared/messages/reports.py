"""Figures on the bus: which are wanted, and the tables they are told in. What each figure means stands in `docs/reports.md`."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned

Unit = Literal["", "count", "seconds", "share", "score", "day", "time", "ticket", "text"]
"""What a column's values are: a name (empty), how many, seconds, a share from 0 to 1, a score, a day (2026-03-02), a time (ISO 8601 in
UTC), a ticket's number, or words of people."""

Cell = str | int | float | None
"""Null: there is nothing to tell, such as the median of no values."""


class ReportColumn(Record):
    """A column; ``name`` is a word of `shared.texts.reports`."""

    name: str
    unit: Unit = "count"


class ReportTable(Record):
    """A table: ``report`` is the figure it belongs to, ``by`` what its rows are divided by (empty: it is not). ``more``: there were more
    rows than a table has."""

    report: str
    by: str = ""
    columns: list[ReportColumn]
    rows: list[list[Cell]] = Field(default_factory=list)
    more: bool = False

    @property
    def name(self) -> str:
        """What it is called where it stands alone: ``sla_by_team``."""
        return f"{self.report}_by_{self.by}" if self.by else self.report

    def told(self) -> list[dict[str, Cell]]:
        """The rows with their columns' names."""
        return [{column.name: cell for column, cell in zip(self.columns, row, strict=True)} for row in self.rows]


class ReportQuery(Versioned):
    """``store.query.report``: the figures of these ``names`` (`shared.reports.NAMES`) from ``since`` up to ``until``, which is no longer
    part of it; what is later than now has not happened. The period before, which ``compare`` asks for too, begins with ``before`` (null:
    it is as long) and ends where this one begins. ``team``, ``agent`` (a mail address), ``channel`` and ``category`` narrow it; an empty
    text means those that have none."""

    VERSION: ClassVar[int] = 1

    names: list[str]
    since: datetime
    until: datetime
    before: datetime | None = None
    compare: bool = False
    team: str | None = None
    agent: str | None = None
    channel: str | None = None
    category: str | None = None


class ReportAnswer(Versioned):
    """``tables`` in the order in which the figures were named, those of the period before in ``previous``. ``until`` is up to when it was
    counted, ``looked_at`` how many tickets were; ``more``: there are more than are ever looked at, and the oldest were left out."""

    VERSION: ClassVar[int] = 1

    since: datetime
    until: datetime
    before: datetime
    timezone: str = "UTC"
    tables: list[ReportTable] = Field(default_factory=list)
    previous: list[ReportTable] = Field(default_factory=list)
    looked_at: int = 0
    more: bool = False


class DrawQuery(Versioned):
    """``store.query.draw``: ``count`` tickets drawn by ``seed`` (`shared.reports.drawing`) from those that were solved or closed between
    ``since`` and ``until``, are so still, and were not drawn for this ``reviewer`` before; of a ``team``, of an ``agent`` (who has it)."""

    VERSION: ClassVar[int] = 1

    since: datetime
    until: datetime
    seed: str
    reviewer: str
    count: int = 5
    team: str | None = None
    agent: str | None = None


class DrawnTicket(Record):
    """A ticket that was drawn, with who is judged by it: whoever has it."""

    number: int
    agent: str = ""
    team: str = ""
    channel: str = ""
    category: str = ""
    subject: str = ""


class DrawAnswer(Versioned):
    """In the order of the draw. ``candidates`` is from how many they were drawn, ``left_out`` how many more there were that this reviewer
    had drawn before, ``checksum`` is of the candidates' numbers (`shared.reports.drawing.checksum`): who has the numbers can draw again
    and see that it was fair."""

    VERSION: ClassVar[int] = 1

    tickets: list[DrawnTicket] = Field(default_factory=list)
    candidates: int = 0
    left_out: int = 0
    checksum: str = ""
