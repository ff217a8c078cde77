"""Commands about several tickets at once: merging, splitting, linking, one problem of many tickets, bulk changes; tags; who is blocked."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.parts import Attachment, Point

LinkKind = Literal["related", "duplicate", "follow-up", "problem"]
"""How two tickets may be linked by hand; ``problem``: the ticket that is linked to is the problem behind the other."""

BulkAction = Literal[
    "status",
    "assign",
    "tags",
    "priority",
    "category",
    "spam",
    "not_spam",
    "snooze",
    "merge",
]
MOST_AT_ONCE = 200
"""So many tickets are changed by one bulk command."""
MOST_CASES = 500
"""So many tickets may have one problem."""


class Merge(Record):
    """The ticket ``number`` becomes part of the ticket ``into``, with all that belongs to it. Tickets of different customers are never
    merged; with ``force`` they are linked instead, as cases of one problem."""

    do: Literal["merge"] = "merge"
    number: int
    into: int
    force: bool = False


class Unmerge(Record):
    """The ticket ``number`` is one of its own after all: it gets back what it had, and what followed from that."""

    do: Literal["unmerge"] = "unmerge"
    number: int


class Split(Record):
    """These messages of the ticket, with what followed from them, become a ticket of their own."""

    do: Literal["split"] = "split"
    number: int
    messages: list[str]


class Link(Record):
    """The ticket has to do with the ticket ``to``, in this way."""

    do: Literal["link"] = "link"
    number: int
    to: int
    kind: LinkKind = "related"


class Unlink(Record):
    """The ticket has nothing to do with the ticket ``to`` any more; ``kind`` null: in no way."""

    do: Literal["unlink"] = "unlink"
    number: int
    to: int
    kind: LinkKind | None = None


class Tag(Record):
    """Tags that the ticket gets and loses; those that nobody names stay, whoever changes them meanwhile."""

    do: Literal["tag"] = "tag"
    number: int
    add: list[str] = Field(default_factory=list)
    remove: list[str] = Field(default_factory=list)


class MakeProblem(Record):
    """The ticket ``number`` is the problem behind the tickets ``numbers`` (``remove``: it is not, after all)."""

    do: Literal["make_problem"] = "make_problem"
    number: int
    numbers: list[int]
    remove: bool = False


class AnswerCase(Record):
    """One customer's part of `AnswerCases`: an answer in the ticket ``number``, its variables filled in."""

    do: Literal["answer_case"] = "answer_case"
    number: int
    problem: int
    text: str
    attachments: list[Attachment] = Field(default_factory=list)
    texts: dict[str, str] = Field(default_factory=dict)


class AnswerCases(Record):
    """Answer the customers of all tickets that have the problem ``number``, each on their own channel. ``{{customer}}``, ``{{number}}``
    and ``{{subject}}`` in the text stand for what each ticket has. ``texts`` has it in more languages, by their codes: a customer is
    answered in theirs, if it is among them."""

    do: Literal["answer_cases"] = "answer_cases"
    number: int
    text: str
    attachments: list[Attachment] = Field(default_factory=list)
    texts: dict[str, str] = Field(default_factory=dict)


class SolveCases(Record):
    """The problem ``number`` is solved, and all tickets that have it."""

    do: Literal["solve_cases"] = "solve_cases"
    number: int
    summary: str
    root_cause: str | None = None
    preventive_action: str | None = None
    tested: str | None = None
    tested_by: str | None = None


class BulkDo(Record):
    """What is done with each ticket; of the values those of the ``action`` count. ``to`` as in `shared.messages.talking.Assign`."""

    action: BulkAction
    status: str | None = None
    to: dict[Literal["agent", "team"], str | None] = Field(default_factory=dict)
    add: list[str] = Field(default_factory=list)
    remove: list[str] = Field(default_factory=list)
    priority: str | None = None
    category: str | None = None
    block: bool = False
    until: datetime | None = None
    into: int | None = None


class Bulk(Record):
    """The same done with many tickets."""

    do: Literal["bulk"] = "bulk"
    numbers: list[int]
    each: BulkDo


class Block(Record):
    """What comes from this point is quarantined from now on, or (``blocked`` false) no longer."""

    do: Literal["block"] = "block"
    point: Point
    blocked: bool


class MoveRecord(Record):
    """These messages, deliveries and entries of the ticket ``from_id`` belong to ``ticket_id``; by what tickets are found stays as it is.
    ``latest_from`` and ``latest`` are then the newest Message-IDs of the two."""

    op: Literal["move_record"] = "move_record"
    from_id: str
    ticket_id: str
    message_ids: list[str] = Field(default_factory=list)
    delivery_ids: list[str] = Field(default_factory=list)
    entry_ids: list[str] = Field(default_factory=list)
    latest_from: list[str] = Field(default_factory=list)
    latest: list[str] = Field(default_factory=list)


class BlockedView(Record):
    """A blocked point and whose it is."""

    kind: str
    value: str
    contact_id: str | None = None
    name: str = ""


class BlockedQuery(Versioned):
    """``store.query.blocked``: a page (50 a page, from 1) of the blocked points, in their order."""

    VERSION: ClassVar[int] = 1

    page: int = 1
    per_page: int = 50


class BlockedPage(Versioned):
    """The answer to `BlockedQuery`."""

    VERSION: ClassVar[int] = 1

    items: list[BlockedView]
    total: int
