"""Making changes: from an authenticated call to a command for the router, and from its result to an answer.

A command's id is made of the caller's token and their Idempotency-Key, so a repeated call is the same command; the router tells
whether the content was the same too (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Header, Request, Response
from fastapi.security import HTTPBearer

from services.desk.errors import Away, NotFound, Refused, Unprocessable
from services.desk.gate import Gate
from services.desk.refusals import Refusals
from services.desk.tokens import Principal
from shared.bus.blobs import Blobs
from shared.calendars import WorkingCalendar
from shared.clock import now
from shared.identity import derive
from shared.messages.command import Action, Command, CommandResult
from shared.messages.ticket import MessageView, TicketView
from shared.secrets import Keyring

KEY_LENGTH = 255
REPLAYED = "Idempotent-Replayed"
BEARER = Depends(
    HTTPBearer(auto_error=False, description="An API token: `trunkline token create --name N` prints one.")
)
"""Of every call. Only for the description: the check itself is made in front of the app (`services.desk.guards.SignedIn`)."""

_STATUS = {
    "not-found": 404,
    "invalid": 422,
    "forbidden": 403,
    "conflict": 409,
    "moved-on": 409,
    "reused-key": 422,
    "failed": 500,
}
# What of a refused command's result stands in the answer, too.
_TOLD = ("since", "mistakes", "results")


@dataclass(frozen=True)
class Backend:
    """What the calls are answered with; ``keyring`` seals what is kept (`shared.secrets.sealing`)."""

    gate: Gate
    blobs: Blobs
    keyring: Keyring
    calendars: Mapping[str, WorkingCalendar] = field(default_factory=dict)
    refusals: Refusals | None = None
    public_url: str = ""


@dataclass(frozen=True)
class Caller:
    """One call: who makes it, and where the answer's headers go."""

    backend: Backend
    principal: Principal
    correlation_id: str
    response: Response
    key: str

    async def do(self, action: Action) -> dict[str, Any]:
        """Have it done, and give the command's result. Raises `Refused`, `Away` and the rest of `services.desk.errors`."""
        # A change that may or may not have been made can be repeated safely only by who knows the key, even if we made it.
        self.response.headers["Idempotency-Key"] = self.key
        command = Command(
            command_id=derive("command", self.principal.token_id, self.key),
            actor=self.principal.actor,
            actor_name=self.principal.name,
            # What a token may is said by who has looked it up: the router believes the desk about whose it is in the same breath.
            role="" if self.principal.agent_id else self.principal.role,
            at=now(),
            action=action,
            correlation_id=self.correlation_id,
        )
        done = await self.backend.gate.command(command)
        if done.error == "forbidden" and self.backend.refusals is not None:
            self.backend.refusals.note(self.principal, action.do, done.detail)
        if done.error is not None:
            raise refusal_of(done)
        if done.repeated:
            self.response.headers[REPLAYED] = "true"
        return done.result

    async def ticket(self, number: int) -> TicketView:
        """The ticket with everything, as it is now. Raises `NotFound`, `Away`."""
        view = await self.backend.gate.ticket(number)
        if view is None:
            raise NotFound(f"there is no ticket T-{number}")
        return view

    async def message(self, number: int, message_id: str) -> MessageView:
        """One message of a ticket. Raises `NotFound`, `Away`."""
        for message in reversed((await self.ticket(number)).messages or []):
            if message.id == message_id:
                return message
        raise NotFound(f"the message is no longer among the newest of T-{number}")


def refusal_of(done: CommandResult) -> Exception:
    error = done.error or ""
    if error == "unavailable":
        return Away(done.detail or "the change could not be made now", unsure=True)
    detail = done.detail
    if error == "reused-key":
        detail = detail or "this Idempotency-Key was used for another request"
    return Refused(
        _STATUS.get(error, 422), error, detail, {name: done.result[name] for name in _TOLD if name in done.result}
    )


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description=f"Makes the call safe to repeat; at most {KEY_LENGTH} characters. Without one the server makes one.",
            max_length=KEY_LENGTH,
        ),
    ] = None,
) -> str:
    """The call's key. Raises `Unprocessable` for an empty one."""
    if idempotency_key is None:
        return uuid4().hex
    if not idempotency_key.strip():
        raise Unprocessable("Idempotency-Key", "must not be empty")
    return idempotency_key.strip()


def caller(request: Request, response: Response, key: Annotated[str, Depends(idempotency_key)]) -> Caller:
    """Who makes this changing call; the token was checked in front of the app."""
    return Caller(
        backend=request.app.state.backend,
        principal=request.state.principal,
        correlation_id=request.state.correlation_id,
        response=response,
        key=key,
    )


def reader(request: Request, response: Response) -> Caller:
    """Who makes this reading call; it has no key."""
    return Caller(
        backend=request.app.state.backend,
        principal=request.state.principal,
        correlation_id=request.state.correlation_id,
        response=response,
        key="",
    )


Changing = Annotated[Caller, Depends(caller)]
"""A parameter of a call that changes something: who makes it."""
Reading = Annotated[Caller, Depends(reader)]
"""A parameter of a call that changes nothing."""
