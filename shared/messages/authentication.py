"""The request `mail.authenticate`: the router asks intake, the room that talks to the outside, who a mail is really from."""

from datetime import datetime
from typing import ClassVar

from shared.messages.base import Versioned
from shared.messages.parts import Authentication, Stored


class AuthenticateRequest(Versioned):
    """A mail to be checked. ``peer``, ``helo`` and ``envelope_from`` are as in `Inbound`, ``sender`` is the address in From as it was
    read. ``received_at`` is when signatures must not have expired."""

    VERSION: ClassVar[int] = 1

    peer: str | None = None
    helo: str = ""
    envelope_from: str | None = None
    sender: str = ""
    received_at: datetime
    original: Stored


class AuthenticateReply(Versioned):
    """The answer to `AuthenticateRequest`."""

    VERSION: ClassVar[int] = 1

    authentication: Authentication
