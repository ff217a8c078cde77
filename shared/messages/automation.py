"""What rules, macros, asking for details and webhooks add to what is said on the bus."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned


class ApplyMacro(Record):
    """Send the text of the configuration's macro ``name`` to the customer, and do what else it says. ``seen_at`` as in `Reply`."""

    do: Literal["apply_macro"] = "apply_macro"
    number: int
    name: str
    seen_at: datetime | None = None


class AskDetails(Record):
    """Ask the customer for ``fields``, or for what the ticket's category needs where there are none; ``text`` stands above the list."""

    do: Literal["ask_details"] = "ask_details"
    number: int
    fields: list[str] = Field(default_factory=list)
    text: str = ""


class ReplayDelivery(Record):
    """Tell a webhook once more what it could not be told."""

    do: Literal["replay_delivery"] = "replay_delivery"
    delivery_id: str


class TestWebhook(Record):
    """Tell a webhook, one of the file or of the desk, of a ``webhook_test`` that did not happen, to see whether it can be told."""

    __test__: ClassVar[bool] = False  # its name is no test's

    do: Literal["test_webhook"] = "test_webhook"
    name: str


class RequeueDelivery(Record):
    """A delivery that failed, or of which nobody knows, is tried again, now. Says nothing of one in any other state."""

    op: Literal["requeue_delivery"] = "requeue_delivery"
    delivery_id: str


class FailedHooksQuery(Versioned):
    """``store.query.webhooks``: what webhooks could not be told, newest first; ``page`` from 1. ``waiting``: what is still being tried
    comes along, too; ``every``: and so does what they were told."""

    VERSION: ClassVar[int] = 1

    webhook: str = ""
    waiting: bool = False
    every: bool = False
    page: int = 1
    per_page: int = 50


class FailedHook(Record):
    """An event that a webhook was not told. ``attempts`` were made, the last ended with ``error`` at ``updated_at``."""

    id: str
    webhook: str
    event: str
    ticket: str | None = None
    state: str
    attempts: int
    error: str
    created_at: datetime
    updated_at: datetime
    next_attempt_at: datetime | None = None


class FailedHooks(Versioned):
    """A page of them, and how many there are in all."""

    VERSION: ClassVar[int] = 1

    items: list[FailedHook]
    total: int


class PastQuery(Versioned):
    """``store.query.past``: tickets opened since then with what happened to them, newest first, for rehearsing rules. ``before``: the
    ``next`` of the page before; ``number``: only this ticket. Merged tickets are left out, and so are texts where nobody wants them."""

    VERSION: ClassVar[int] = 1

    since: datetime | None = None
    number: int | None = None
    before: str | None = None
    texts: bool = False
    limit: int = 50


class PastMoment(Record):
    """Something that happened: ``what`` and ``data`` as in `AddEvent`. ``text`` is what was written, cut."""

    what: str
    at: datetime
    actor: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
    text: str = ""


class PastTicket(Record):
    """A ticket as it is now, and its moments, oldest first. ``points`` are the customer's, in lower case."""

    number: int
    subject: str = ""
    status: str
    channel: str
    inbox: str
    language: str
    priority: str
    category: str | None = None
    kind: str | None = None
    team: str | None = None
    assignee: str | None = None
    tags: list[str] = Field(default_factory=list)
    reopened: int = 0
    problem: str = ""
    points: list[str] = Field(default_factory=list)
    created_at: datetime
    moments: list[PastMoment] = Field(default_factory=list)


class PastPage(Versioned):
    """A page of them; ``next`` null: there are no more."""

    VERSION: ClassVar[int] = 1

    tickets: list[PastTicket]
    next: str | None = None


class CorrectionsQuery(Versioned):
    """``store.query.corrections``: what people made of choices of ours, newest first, to learn from. ``field``: category, priority or
    kind. ``before``: the ``next`` of the page before."""

    VERSION: ClassVar[int] = 1

    field: Literal["category", "priority", "kind"] = "category"
    before: int | None = None
    limit: int = 100


class Correction(Record):
    """One correction, with what the ticket is about: its subject and problem, the latter cut at 4,000 characters."""

    ticket: str
    was: str | None = None
    became: str | None = None
    by: str
    at: datetime
    subject: str
    text: str
    language: str
    channel: str
    customer: str


class Corrections(Versioned):
    """A page of them; ``next`` null: there are no more."""

    VERSION: ClassVar[int] = 1

    items: list[Correction]
    next: int | None = None
