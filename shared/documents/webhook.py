"""Webhooks made at the desk: the same as ``[[webhook]]`` of the configuration, whose names come first. The document's id is the webhook's
name; its secret is kept sealed (`shared.secrets.hooks`)."""

import re
from ipaddress import ip_address
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator

from shared.documents.kind import Body, Change, Kind, Summary
from shared.settings.base import NAME
from shared.settings.made import DeskWebhook

WEBHOOK: Final = "webhook"
MOST: Final = 100
"""Webhooks of the desk that lists show, and that are told of anything."""
_NAME: Final = re.compile(NAME)
_EVENT: Final = re.compile(r"\*|[a-z][a-z0-9_.]{0,62}\*?")
_SIGNS: Final = re.compile(r"[!-~]+")


class WebhookBody(Body):
    """``url`` is where events are posted to: by https, or to this machine. ``events`` and ``include`` are as in the configuration
    (`shared.settings.hooks.Webhook`); ``on``: whether it is told of them. ``sealed`` is its secret."""

    url: str = Field(min_length=1, max_length=2_000)
    events: list[str] = Field(default_factory=lambda: ["*"], min_length=1, max_length=100)
    include: list[Literal["ticket"]] = Field(default_factory=list, max_length=1)
    on: bool = True
    sealed: str = Field(min_length=1, max_length=2_000)

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)  # a ValueError says what is wrong
        if not _SIGNS.fullmatch(url):
            raise ValueError("an address has neither blanks nor letters beyond ASCII")
        if parts.scheme != "https" and not (parts.scheme == "http" and here(parts.hostname or "")):
            raise ValueError("by https, or by http to this machine: what happens here is nobody's on the way")
        return url

    @field_validator("events")
    @classmethod
    def _events(cls, events: list[str]) -> list[str]:
        for each in events:
            if not _EVENT.fullmatch(each):
                raise ValueError(f"{each[:40]!r} is no event: its name, the beginning of names with * behind, or *")
        return list(dict.fromkeys(events))

    @model_validator(mode="after")
    def _is_a_webhook(self) -> "WebhookBody":
        try:
            self.webhook("it")
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        return self

    def webhook(self, name: str) -> DeskWebhook:
        """The webhook under a name. Raises `ValidationError` for what none is."""
        return DeskWebhook.model_validate({"name": name, **self.model_dump()})


def here(host: str) -> bool:
    """Whether a host of an address is this machine, as far as its name tells."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def handed_out(name: str, body: dict[str, Any]) -> dict[str, Any] | None:
    """A kept webhook as it stands in the handed-out configuration; null for what is none any more."""
    try:
        return {"name": name, **WebhookBody.model_validate(body).model_dump(mode="json")}
    except ValidationError:
        return None


def _check(change: Change) -> str | None:
    if len(change.id) > 64 or not _NAME.fullmatch(change.id):
        return "id: a webhook's name has at most 64 small letters, digits, - and _"
    return None


def _summary(body: WebhookBody) -> Summary:
    # Not the whole address: whoever reads the audit log need not know what in it may be as good as a password.
    return Summary("on" if body.on else "off", urlsplit(body.url).hostname or "", " ".join(body.events))


KINDS = (Kind(WEBHOOK, WebhookBody, writes="admin", summary=_summary, check=_check, largest=16_384),)
