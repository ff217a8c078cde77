"""The audit log of the house itself: what changed settings, roles, tokens and documents, and what was refused. Of tickets, see theirs."""

from datetime import datetime
from typing import Any, ClassVar, Final

from pydantic import Field

from shared.messages.base import Record, Versioned

AUDITED: Final = (
    *("agent_blocked", "agent_unblocked"),
    *("agent_changed", "agent_created", "agent_point_added", "agent_point_dropped", "agent_point_refused"),
    *("agent_point_verified", "agent_refused", "alert_sent", "contact_erased", "dead_letter_replayed"),
    *("delivery_released", "document_removed", "document_saved", "inbox_tried", "model_kept", "model_used"),
    *("password_asked", "password_changed", "password_chosen", "refused", "set_up", "sign_in_failed"),
    *("signed_in", "signed_out", "second_factor_removed", "second_factor_set", "token_created", "token_revoked"),
    *("webhook_replayed", "webhook_tested"),
)
"""What stands in it."""


class AuditQuery(Versioned):
    """``store.query.audit``: entries that belong to no ticket, newest first. ``what``: of these kinds (empty: all of `AUDITED`); ``actor``:
    whose, whole (empty: anybody's); from ``since`` until before ``until``; ``before``: older than the entry with this ``seq``, to page on.
    ``limit`` at most 200."""

    VERSION: ClassVar[int] = 1

    what: list[str] = Field(default_factory=list)
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 50


class AuditEntry(Record):
    """What happened, who did it (``agent:…``, ``token:…``, ``operator``), by which channel and why; ``data`` as the decision had it."""

    seq: int
    what: str
    actor: str
    channel: str = ""
    reason: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
    at: datetime


class AuditAnswer(Versioned):
    """A page of them. ``next`` is the ``before`` of the page after it; null: that was all, or all that is looked through."""

    VERSION: ClassVar[int] = 1

    items: list[AuditEntry] = Field(default_factory=list)
    next: int | None = None
