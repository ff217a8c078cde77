"""A relay for outgoing mail, written as an address: ``smtp://user:password@host:port?tls=starttls``."""

from typing import Any, Literal
from urllib.parse import parse_qs, unquote

from pydantic import Field, ValidationInfo, model_validator

from shared.settings.base import EMPTY, Secret, Section, reveal, split_address

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Relay(Section):
    """Where outgoing mail is handed over.

    ``tls``: ``tls`` from the first byte (``smtps://`` means it too), ``starttls`` required, ``auto``: STARTTLS where
    offered, its certificate unchecked (RFC 7435), ``none``. Without ``?tls=`` it is ``auto``, and ``starttls`` when
    there is a password that would leave this machine.
    """

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    user: str = ""
    password: Secret = EMPTY
    tls: Literal["auto", "none", "starttls", "tls"] = "auto"

    def __str__(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    @model_validator(mode="before")
    @classmethod
    def _from_address(cls, value: Any, info: ValidationInfo) -> Any:
        return relay_fields(reveal(value, info)) if isinstance(value, str) else value


def relay_fields(address: str) -> dict[str, Any]:
    """The fields of a `Relay` in its address. Raises `ValueError`, without showing a password."""
    hint = 'write a relay like "smtp://user:password@host:587?tls=starttls"'
    parts = split_address(address, hint)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(hint)
    options = parse_qs(parts.query, keep_blank_values=True)
    if set(options) - {"tls"}:
        raise ValueError("a relay has an unknown option; there is only ?tls=")
    exposed = bool(parts.password) and parts.hostname not in _LOOPBACK
    tls = options.get("tls", ["tls" if parts.scheme == "smtps" else "starttls" if exposed else "auto"])[-1]
    if tls not in ("auto", "none", "starttls", "tls"):
        raise ValueError("the tls of a relay is none of auto, none, starttls, tls")
    return {
        "host": parts.hostname,
        "port": parts.port or (465 if tls == "tls" else 25),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "tls": tls,
    }
