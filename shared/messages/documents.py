"""Documents on the bus: what people make in the desk (articles, reviews, improvement actions, macros, saved views, drafts …).

A document has a kind, which says what its body is and who may write it (`shared.documents`). Here are only the envelopes: the
operations by which the store writes them, the commands, and the question for them.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned


def document_key(kind: str, document_id: str) -> str:
    """The key whose version says whether a document has changed."""
    return f"document:{kind}:{document_id}"


class DocumentName(Record):
    """Which one."""

    kind: str
    id: str


class DocumentFact(Record):
    """A document as decisions see it. ``revision`` counts its changes, from 1."""

    kind: str
    id: str
    owner: str = ""
    number: int | None = None
    state: str = ""
    title: str = ""
    body: dict[str, Any] = Field(default_factory=dict)
    revision: int = 1
    made_by: str = ""
    made_at: datetime
    changed_by: str = ""
    changed_at: datetime


# -- operations ---------------------------------------------------------------------------------------------------------------


class PutDocument(Record):
    """A document is made or changed. ``owner`` is the id of the agent whose own it is (empty: everybody's), ``number`` the ticket's
    that it is about; ``state`` and ``title`` are what lists choose and show by; ``words`` is the text by which it is found."""

    op: Literal["put_document"] = "put_document"
    kind: str
    id: str
    owner: str = ""
    number: int | None = None
    state: str = ""
    title: str = ""
    words: str = ""
    body: dict[str, Any] = Field(default_factory=dict)
    revision: int = 1
    made_by: str = ""
    made_at: datetime
    changed_by: str = ""
    changed_at: datetime


class DropDocument(Record):
    """A document is gone."""

    op: Literal["drop_document"] = "drop_document"
    kind: str
    id: str


# -- commands -----------------------------------------------------------------------------------------------------------------


class SaveDocument(Record):
    """Make a document, or change one. ``seen`` is the revision that was looked at when it was changed (0: none, it is to be new; null:
    that does not matter): where somebody else has changed it since, it is refused (``moved-on``). ``number`` is the ticket's that it is
    about, if any. Refused with ``invalid`` for a body that its kind does not allow, ``forbidden``, ``not-found`` (a kind that there is
    not). The result has ``kind``, ``id`` and ``revision``."""

    do: Literal["save_document"] = "save_document"
    kind: str
    id: str
    document_number: int | None = None
    body: dict[str, Any]
    seen: int | None = None


class RemoveDocument(Record):
    """Take a document away; one that is not there is as good as gone."""

    do: Literal["remove_document"] = "remove_document"
    kind: str
    id: str
    seen: int | None = None


# -- questions ----------------------------------------------------------------------------------------------------------------


class DocumentsQuery(Versioned):
    """``store.query.documents``: documents of a kind, newest change first (``order`` "title": by their titles). Each null or empty
    field asks nothing. ``ids``: just these; ``owner``: whose own; ``number``: about this ticket; ``states``: in one of these;
    ``words``: all of these stand in title or text, without regard to case. ``page`` counts from 1; ``per_page`` at most 200."""

    VERSION: ClassVar[int] = 1

    kind: str
    ids: list[str] | None = None
    owner: str | None = None
    number: int | None = None
    states: list[str] | None = None
    words: str = ""
    order: Literal["changed", "title"] = "changed"
    page: int = 1
    per_page: int = 50


class DocumentsAnswer(Versioned):
    """A page of them; ``total`` is how many there are in all."""

    VERSION: ClassVar[int] = 1

    items: list[DocumentFact] = Field(default_factory=list)
    total: int = 0
