"""``[[webhook]]``: other systems that are told of what happens, by HTTP."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from shared.settings.base import EMPTY, Name, Secret, Section
from shared.settings.policy import Some

SHORTEST_SECRET = 16


class Webhook(Section):
    """An address that events are posted to, each signed with ``secret`` (at least 16 characters). ``events`` are their names,
    ``*`` for every event, ``ticket_*`` for those that begin so. ``include = ["ticket"]``: with what the ticket is like, never with what
    customers wrote."""

    name: Name
    url: str
    secret: Secret = EMPTY
    events: Annotated[Some, Field(min_length=1)] = ("*",)
    include: Annotated[tuple[Literal["ticket"], ...], Field(max_length=1)] = ()

    @property
    def channel(self) -> Literal["api"]:
        """The channel its deliveries go by: that of other systems."""
        return "api"

    @property
    def inbox(self) -> str:
        """By what its deliveries go."""
        return self.name

    @property
    def shares_lane(self) -> bool:
        """Whether it goes out together with others; one that stands in the file has a way of its own."""
        return False

    @property
    def active(self) -> bool:
        """Whether it is told of events. One that stands in the file always is."""
        return True

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or parts.username is not None or parts.password is not None:
            raise ValueError("write an address such as https://crm.acme.example/trunkline, without a user or password")
        return url

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"the secret has at least {SHORTEST_SECRET} characters")
        return secret

    def wants(self, what: str) -> bool:
        """Whether it is told of events of this name."""
        return any(each in ("*", what) or (each.endswith("*") and what.startswith(each[:-1])) for each in self.events)
