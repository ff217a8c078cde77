"""What a kind of document is: its body, who may write it, and how lists see it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Writer = Literal["own", "agent", "lead", "admin"]
"""Who may write: ``own``: any agent (an auditor, too) their own; ``agent``: every agent; ``lead``: leads and admins; ``admin``."""


class Body(BaseModel):
    """The base of all bodies: nothing that is not in the model is kept."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass(frozen=True)
class Summary:
    """How lists see a document: its state, title, and the words by which it is found."""

    state: str = ""
    title: str = ""
    words: str = ""


@dataclass(frozen=True)
class Change:
    """A change of a document that is to be judged: ``before`` is null for a new one, ``after`` null for one that is to be removed.
    ``role`` is the author's ("operator" for the command line), ``agent_id`` theirs (empty for tokens), ``made_by`` the actor who made
    the document first, ``actor`` who changes it now; ``id`` is the document's."""

    before: Any | None
    after: Any | None
    role: str
    agent_id: str
    now: datetime
    made_by: str = ""
    actor: str = ""
    id: str = ""


def _no_summary(_: Any) -> Summary:
    return Summary()


def _no_objection(_: Change) -> str | None:
    return None


@dataclass(frozen=True)
class Kind:
    """A kind. ``check`` says why a change may not be made (null: it may); ``settle`` may complete a body before it is kept (times,
    who did it); ``largest`` is how many bytes of JSON a body may have. ``noted``: whether changes stand in the audit log and are told
    on the bus (``event.document_saved``, ``event.document_removed``), with the summary's title where it is not anybody's own."""

    name: str
    body: type[Body]
    writes: Writer
    summary: Callable[[Any], Summary] = field(default=_no_summary)
    check: Callable[[Change], str | None] = field(default=_no_objection)
    settle: Callable[[Change], Any] | None = None
    largest: int = 65_536
    noted: bool = True
