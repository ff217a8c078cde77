"""What a notifier asks the store about a message that goes through a provider with windows and without idempotency keys."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from shared.messages.base import Versioned


class SendingQuery(Versioned):
    """``store.query.sending``: about this delivery. ``provider_ids`` (at most 500) are messages the provider has."""

    VERSION: ClassVar[int] = 1

    delivery_id: str
    provider_ids: list[str] = Field(default_factory=list)


class SendingAnswer(Versioned):
    """``last_inbound`` is when the contact last wrote on the delivery's channel to its inbox, null when never. ``elsewhere`` are those of
    the provider's messages that belong to other deliveries."""

    VERSION: ClassVar[int] = 1

    last_inbound: datetime | None = None
    elsewhere: list[str] = Field(default_factory=list)
