"""Learning on the bus: what past tickets teach, models that are kept and put to use, and how their suggestions fared.

Not here: the model itself (`shared.learning.modelfile`); on the bus it is bytes.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned


class Suggestion(Record):
    """What a model made of a ticket's first message: the value, how sure it was (0 to 1), the words that spoke for it, which model it was,
    and whether it decided, because it was sure enough and no rule knew better. ``dismissed_by``: somebody said that it is wrong."""

    value: str
    confidence: float
    words: list[str] = Field(default_factory=list)
    model: str = ""
    decided: bool = False
    dismissed_by: str = ""


SUGGESTED = "suggested"
"""What a ticket remembers of suggestions (in its state): by target, a `Suggestion`."""


class ExamplesQuery(Versioned):
    """``store.query.examples``: past tickets to learn from, newest first, that somebody has dealt with; spam, merged, internal and silent
    ones are left out, and imported ones unless ``imported``. ``before``: the ``next`` of the page before."""

    VERSION: ClassVar[int] = 1

    imported: bool = False
    before: int | None = None
    limit: int = 100


class LearntExample(Record):
    """A ticket: what its customer wrote first (cut at 4,000 characters), and what it is by now. ``corrected`` are the columns that
    somebody set by hand."""

    number: int
    subject: str = ""
    text: str = ""
    language: str = ""
    category: str | None = None
    team: str | None = None
    priority: str
    corrected: list[str] = Field(default_factory=list)


class ExamplesPage(Versioned):
    """A page of them; ``next`` null: there are no more."""

    VERSION: ClassVar[int] = 1

    items: list[LearntExample]
    next: int | None = None


class SuggestedQuery(Versioned):
    """``store.query.suggested``: how suggestions fared with tickets that somebody has dealt with, a stretch of them at a time, newest
    first. ``before``: the ``next`` of the stretch before."""

    VERSION: ClassVar[int] = 1

    since: datetime | None = None
    before: int | None = None


class SuggestedCount(Record):
    """Of one model's suggestions for ``target`` (category, team or priority): how many there were and how many of them the ticket has by
    now; how many decided by themselves, and how many of these it has."""

    version: str
    target: str
    suggested: int = 0
    right: int = 0
    decided: int = 0
    decided_right: int = 0


class SuggestedCounts(Versioned):
    """The counts of a stretch; ``next`` null: there are no more."""

    VERSION: ClassVar[int] = 1

    counts: list[SuggestedCount]
    next: int | None = None


class LearntQuery(Versioned):
    """``store.query.learnt``: the model that is in use. ``have`` is the version that the asker has already."""

    VERSION: ClassVar[int] = 1

    have: str = ""


class LearntInUse(Versioned):
    """``model`` is the version in use, empty: none; ``body`` its file, null where the asker has it."""

    VERSION: ClassVar[int] = 1

    model: str = ""
    body: bytes | None = None


class LearntModelsQuery(Versioned):
    """``store.query.learnt_models``: the models that are kept."""

    VERSION: ClassVar[int] = 1


class LearntModel(Record):
    """A model that is kept: when it was put there and by whom, its size in bytes, and what its file says of itself (see
    `shared.learning.modelfile.Header`): ``tickets`` it was learnt from, and by target what was measured."""

    model: str
    at: datetime
    by: str = ""
    in_use: bool = False
    size: int = 0
    tickets: int = 0
    measured: dict[str, Any] = Field(default_factory=dict)


class LearntModels(Versioned):
    """All of them, newest first."""

    VERSION: ClassVar[int] = 1

    models: list[LearntModel]


# -- operations ---------------------------------------------------------------------------------------------------------------


class KeepModel(Record):
    """A model is kept; of very many the oldest that is not in use goes. ``model`` is its version."""

    op: Literal["keep_model"] = "keep_model"
    model: str
    body: bytes
    tickets: int = 0
    measured: dict[str, Any] = Field(default_factory=dict)
    by: str = ""
    at: datetime


class UseModel(Record):
    """From now on this model (empty: none) is the one in use."""

    op: Literal["use_model"] = "use_model"
    model: str = ""
    by: str = ""
    at: datetime


# -- commands -----------------------------------------------------------------------------------------------------------------


class KeepLearnt(Record):
    """Keep this model, and put it to use. Refused (``invalid``) if it is none that can be used."""

    do: Literal["keep_learnt"] = "keep_learnt"
    body: bytes


class UseLearnt(Record):
    """Put a model that is kept to use; empty: none, from now on only rules decide."""

    do: Literal["use_learnt"] = "use_learnt"
    model: str = ""


class DismissLearnt(Record):
    """What was suggested for ``target`` of the ticket ``number`` is wrong: it is offered no more, and counts as not taken. Refused with
    ``not-found`` where nothing was, with ``conflict`` for what the ticket has."""

    do: Literal["dismiss_learnt"] = "dismiss_learnt"
    number: int
    target: str
