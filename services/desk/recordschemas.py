"""What the API takes and gives about a ticket's record: its entries, and evidence."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, StrictBool, model_validator

from services.desk.schemas import Body, Line, NewAttachment, Text, Words
from shared.messages.ticket import Evidence

MAX_EVIDENCE = 20
LONGEST = 5_000


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"must have at most {LONGEST} characters")
    return text


What = Annotated[Text, AfterValidator(_short)]
Note = Annotated[Words, AfterValidator(_short)]
Seconds = Annotated[int, Field(ge=0, le=1_000_000)]


class NewEvidence(Body):
    """What shows that something is so: a `note`, `files`, or the id of a message of the ticket that has it (`of`), or several of these."""

    note: Note = ""
    files: Annotated[list[NewAttachment], Field(max_length=MAX_EVIDENCE)] = Field(default_factory=list)
    of: Annotated[str, Field(min_length=1, max_length=64)] | None = None

    @model_validator(mode="after")
    def _something(self) -> "NewEvidence":
        if not (self.note.strip() or self.files or self.of):
            raise ValueError("give a note, a file, or a message of the ticket")
        return self


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return [{"note": value}]
    return [value] if isinstance(value, dict) else value


Pieces = Annotated[
    list[NewEvidence],
    Field(max_length=MAX_EVIDENCE),
    BeforeValidator(_listed, json_schema_input_type=list[NewEvidence] | NewEvidence | str),
]
"""One piece of evidence, several, or just a note."""


class NewAction(Body):
    """What a department was asked to do, and perhaps has done."""

    what: What
    department: Annotated[Line, Field(min_length=1)]
    requested_at: AwareDatetime
    done_at: AwareDatetime | None = None
    evidence: Pieces = Field(default_factory=list)


class NewPromise(Body):
    """What the customer was promised, and by when."""

    what: What
    due: AwareDatetime


class NewTask(Body):
    """Something to do. `owner` is an agent's address or a team; left out: whoever has the ticket."""

    what: What
    due: AwareDatetime | None = None
    owner: Line = ""


class NewCall(Body):
    """A phone call that was had, `out` when we called. `at` is when it began."""

    direction: Literal["in", "out"]
    who: Line
    what: What
    at: AwareDatetime
    seconds: Seconds | None = None


class NewContact(Body):
    """Another contact with the customer: `way` says how (letter, visit, phone), `out` that it came from us."""

    way: Annotated[Line, Field(min_length=1)]
    what: What
    at: AwareDatetime
    direction: Literal["in", "out"] = "out"
    who: Line = ""


class EntryPatch(Body):
    """New values of an entry; those left out stay, and which there are depends on its kind. Putting a promise off needs a `reason`.
    `kept` says whether a promise was kept; with `done_at` alone that is found out. `evidence` is added to what there is."""

    what: What | None = None
    department: Annotated[Line, Field(min_length=1)] | None = None
    requested_at: AwareDatetime | None = None
    done_at: AwareDatetime | None = None
    due: AwareDatetime | None = None
    reason: Note = ""
    kept: StrictBool | None = None
    owner: Line | None = None
    way: Annotated[Line, Field(min_length=1)] | None = None
    direction: Literal["in", "out"] | None = None
    who: Line | None = None
    at: AwareDatetime | None = None
    seconds: Seconds | None = None
    evidence: Pieces = Field(default_factory=list)

    @model_validator(mode="after")
    def _something(self) -> "EntryPatch":
        if not self.model_fields_set - {"reason"}:
            raise ValueError("name at least one field to change")
        return self


class Verification(Body):
    """That the preventive action works; `note` says how that was seen. The body may also be left out."""

    note: Note = ""


class Moved(BaseModel):
    """That something is due at another time, and why."""

    was: Annotated[datetime | None, Field(alias="from")] = None
    to: datetime | None = None
    reason: str = ""
    by: str = ""
    at: datetime


class EntryShown(BaseModel):
    """An entry of the record, with what its kind has. `by` wrote it; `at` is when, of a call or another contact when that was. A promise's
    `kept` is null until it is known; `broken_at` is when it was first found not to be kept, `moved` how often it was put off."""

    id: str
    kind: Literal["action", "promise", "task", "call", "contact", "enquiry"]
    what: str = ""
    by: str
    at: datetime
    department: str | None = None
    requested_at: datetime | None = None
    due: datetime | None = None
    done_at: datetime | None = None
    kept: bool | None = None
    broken_at: datetime | None = None
    moved: list[Moved] | None = None
    owner: str | None = None
    way: str | None = None
    direction: Literal["in", "out"] | None = None
    who: str | None = None
    seconds: int | None = None
    evidence: list[Evidence] | None = None
