"""What the API takes and gives, as models; from them the OpenAPI description is made. Unknown fields are refused by name."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from shared.messages.contacts import PersonView
from shared.messages.parts import Channel, Kind, Priority
from shared.messages.quarantine import HeldContent, HeldView
from shared.messages.ticket import MessageView, TicketView
from shared.messages.waiting import LONGEST as LONGEST_WAIT

MAX_TEXT = 500_000
MAX_ATTACHMENTS = 50


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain a NUL character")
    return text


def _one_line(text: str) -> str:
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ValueError("must be one line, without control characters")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Words = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_no_nul)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_no_nul), AfterValidator(_not_blank)]
Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Subject = Annotated[str, Field(min_length=1, max_length=998), AfterValidator(_one_line), AfterValidator(_not_blank)]
Address = Annotated[str, Field(min_length=1, max_length=320), AfterValidator(_one_line)]
Contact = Annotated[str, Field(max_length=320), AfterValidator(_one_line)]
Addresses = Annotated[list[Address], BeforeValidator(_listed, json_schema_input_type=list[Address] | Address)]
# What a ticket may be moved to by hand; ``merged`` only comes about by merging.
Settable = Literal["new", "open", "pending", "on_hold", "solved", "closed", "spam"]


class Body(BaseModel):
    """The base of all request bodies."""

    model_config = ConfigDict(extra="forbid")


class NewTicket(Body):
    """A ticket opened by hand. `contact` is the customer's mail address or number, `name` their name. `received_at` is when somebody was
    told of it, `received_by` who that was, `received_via` how, where that is no channel of ours (a letter, a visit). An `internal` one has
    no customer; it goes `from` an agent or a department `to` another."""

    subject: Subject
    text: Text
    contact: Contact = ""
    name: Line = ""
    channel: Channel = "email"
    inbox: Line = ""
    received_by: Line = ""
    received_at: AwareDatetime | None = None
    received_via: Line = ""
    internal: bool = False
    from_department: Annotated[Line, Field(validation_alias=AliasChoices("from", "from_department"))] = ""
    to_department: Annotated[Line, Field(validation_alias=AliasChoices("to", "to_department"))] = ""

    @model_validator(mode="after")
    def _between_departments(self) -> "NewTicket":
        if self.internal and (self.contact or self.name):
            raise ValueError("an internal ticket has no customer: leave out contact and name")
        if not self.internal and (self.from_department or self.to_department):
            raise ValueError("only an internal ticket goes from one department to another")
        return self


class Patch(Body):
    """New values of a ticket's writable fields; those left out stay."""

    subject: Subject | None = None
    status: Settable | None = None
    kind: Kind | None = None
    product: Line | None = None
    priority: Priority | Literal["medium"] | None = None
    category: Line | None = None
    tags: Annotated[list[Line], Field(max_length=100)] | None = None
    team: Line | None = None
    assignee: Line | None = None
    watchers: Annotated[list[Line], Field(max_length=100)] | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None
    received_at: AwareDatetime | None = None
    received_by: Line | None = None
    received_via: Line | None = None
    problem: Words | None = None
    details: Words | None = None
    impact: Words | None = None
    solution: Words | None = None
    solved_by: Line | None = None
    tested: Words | None = None
    tested_by: Line | None = None
    root_cause: Words | None = None
    preventive_action: Words | None = None
    preventive_owner: Line | None = None
    preventive_due: AwareDatetime | None = None
    preventive_verified_at: AwareDatetime | None = None
    preventive_verified_by: Line | None = None
    notify_by: Literal["channel", "email", "sms"] | None = None

    @model_validator(mode="after")
    def _something(self) -> "Patch":
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        for name in ("subject", "status", "priority", "tags", "watchers", "language", "problem", "notify_by"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self


class NewAttachment(Body):
    """A file. `content` (or `content_base64`) is its bytes in Base64 (RFC 4648). With a `content_id` it is shown where the HTML has an
    image with that `cid:` address."""

    filename: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_one_line)]
    media_type: Annotated[str, Field(max_length=127, pattern=r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$")] = (
        "application/octet-stream"
    )
    content: Annotated[
        str,
        Field(
            validation_alias=AliasChoices("content", "content_base64"), json_schema_extra={"contentEncoding": "base64"}
        ),
    ]
    content_id: Annotated[str, Field(max_length=200, pattern=r"^[!-;=?-~]+$")] | None = None


class NewReply(Body):
    """An answer to the customer, on their channel unless `channel` says otherwise. Without a `text` it is made from the `html`; who is
    in `bcc` is not named in the mail. `status` is what the ticket becomes by it: what the customer is told of that stands in the same
    message. `seen_at` is the ticket's `last_message_at` as you saw it: if somebody else has written since, the answer is 409 with the
    `code` `moved-on`, and nothing is sent. Without it the answer goes out whatever was written meanwhile. With `undo_seconds` it waits that
    long before it is sent, and can be taken back until then; a very long text is sent at once all the same."""

    html: Words | None = None
    text: Annotated[Words, Field(validate_default=True)] = ""
    channel: Channel | None = None
    to: Annotated[Addresses, Field(max_length=50)] = []
    cc: Annotated[Addresses, Field(max_length=50)] = []
    bcc: Annotated[Addresses, Field(max_length=50)] = []
    attachments: Annotated[list[NewAttachment], Field(max_length=MAX_ATTACHMENTS)] = []
    status: Literal["open", "pending", "on_hold", "solved"] | None = None
    seen_at: AwareDatetime | None = None
    undo_seconds: Annotated[int, Field(ge=0, le=LONGEST_WAIT)] = 0

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str, info: ValidationInfo) -> str:
        return text if (info.data.get("html") or "").strip() else _not_blank(text)


class NoteView(MessageView):
    """A note as it was kept. `mentions`: whom it mentions, agents by address and teams by name; `warnings`: what is wrong with the other
    mentions."""

    mentions: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class NewNote(Body):
    """An internal note; customers never see it. Agents and teams are mentioned in its text (`@anna`, `@technical`, `@anna@acme.example`)
    or in `mentions`, and told of it by mail."""

    text: Text
    mentions: Annotated[list[Line], Field(max_length=50)] = []


class Assignment(Body):
    """Who has the ticket from now on; null takes it from whoever has it."""

    agent: Line | None = None
    team: Line | None = None

    @model_validator(mode="after")
    def _someone(self) -> "Assignment":
        if not self.model_fields_set:
            raise ValueError("name an agent or a team")
        return self


class Solution(Body):
    """How the ticket was solved."""

    summary: Text
    root_cause: Words | None = None
    preventive_action: Words | None = None
    tested: Words | None = None
    tested_by: Line | None = None


class SpamMark(Body):
    """`block`: whatever the ticket's customer sends from now on is quarantined."""

    block: bool = False


class Releasing(Body):
    """`unblock`: the sender is no longer blocked either. The body may also be left out."""

    unblock: bool = False


class Discarding(Body):
    """Why the message is discarded, for whoever wonders later. The body may also be left out."""

    reason: Annotated[str, Field(max_length=500), AfterValidator(_one_line)] = ""


class HeldMessage(HeldView):
    """A message in quarantine with what it says."""

    content: HeldContent


class HeldPage(BaseModel):
    """A page of held messages, and how many there are in all."""

    items: list[HeldView]
    total: int


class Released(BaseModel):
    """Where a message went. `already_released`: somebody had let it out before, nothing was done now."""

    id: str
    ticket: str | None
    message_id: str | None
    already_released: bool


class Discarded(BaseModel):
    """A message that nobody need look at any more. `already_discarded`: somebody had said so before, nothing was done now."""

    id: str
    already_discarded: bool


class RightTicket(Body):
    """The number of the ticket that a message belongs to, as `T-1001` or `1001`; null: a new one of its own."""

    to: Annotated[int, Field(ge=1, le=999_999_999)] | Annotated[str, Field(pattern=r"^(?:[Tt]-)?[0-9]{1,9}$")] | None


class OtherContact(Body):
    """The `id` of another contact."""

    other: Annotated[str, Field(min_length=1, max_length=64)]


class PersonPatch(Body):
    """New values of a contact; those left out stay. `timezone` as `Europe/Warsaw`; `notify_by`: how they are told of what happens to their
    tickets, where nobody chose otherwise for a ticket."""

    name: Line | None = None
    language: Literal["en", "pl", "hr"] | None = None
    timezone: Annotated[str, Field(max_length=64)] | None = None
    notify_by: Literal["channel", "email", "sms"] | None = None


class ContactPage(BaseModel):
    """A page of contacts; `more`: there is a next one."""

    items: list[PersonView]
    more: bool


class Nothing(Body):
    """An empty object; the body may also be left out."""


class Page(BaseModel):
    """A page of tickets, and how many there are in all."""

    items: list[TicketView]
    total: int


class FieldError(BaseModel):
    """What is wrong with one part of a request. `field` is a JSON pointer into the body, or a parameter's name."""

    field: str
    detail: str


class WrittenSince(BaseModel):
    """A message that somebody else wrote in the ticket since you saw it, with the beginning of its text. `by`: the customer, or one of
    us."""

    at: datetime
    who: str
    by: Literal["customer", "agent"]
    channel: str
    text: str
    message_id: str


class WrongWords(BaseModel):
    """A mistake in what was to be said: in which line (from 1), which word, why (`unknown`, `missing`, or what is not there), what was
    probably meant, and all of that in words."""

    line: int
    word: str
    why: str
    near: str | None
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457). `code` tells what was refused and why, for programs; with `moved-on` `since` has what was written in
    the ticket meanwhile, oldest first. Of what was to be said `mistakes` has what cannot be understood."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    code: str | None = None
    since: list[WrittenSince] | None = None
    mistakes: list[WrongWords] | None = None
