"""The desk's way to the rest of Trunkline: reads are asked of the store, changes of the router, both over the bus."""

from typing import TypeVar

import structlog
from nats.aio.client import Client
from nats.errors import Error as BusClientError
from prometheus_client import Histogram

from services.desk.errors import Away, Broken, TooLarge
from shared.bus import rpc, subjects
from shared.bus.errors import BusError, BusUnavailable, NoResponders, PayloadTooLarge, RemoteError, RequestTimeout
from shared.messages.base import NewerVersion, Undecodable, Versioned
from shared.messages.command import Command, CommandResult
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery
from shared.messages.ticket import TicketAnswer, TicketQuery, TicketView

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer", bound=Versioned)

QUERY_SECONDS = 5.0
# A command waits for a decision and a commit behind what is under way.
COMMAND_SECONDS = 15.0

_seconds = Histogram(
    "trunkline_desk_bus_request_seconds", "Seconds the desk waited for an answer on the bus.", ["request"]
)


class Gate:
    """Questions and commands, with answers as models. Every method raises `Away` (try again), `Broken` or `TooLarge`."""

    def __init__(self, bus: Client) -> None:
        self._bus = bus

    async def query(self, name: str, query: Versioned, answer: type[Answer], seconds: float = QUERY_SECONDS) -> Answer:
        """The store's answer to ``store.query.<name>``, which is waited for so many seconds."""
        data = await self._request(subjects.query(name), query, seconds)
        return _decoded(answer, data, name)

    async def answer(self, name: str, query: Versioned) -> bytes:
        """As `query`, as it came: for whoever decodes much of it in a thread."""
        return await self._request(subjects.query(name), query, QUERY_SECONDS)

    async def ticket(self, number: int) -> TicketView | None:
        """One ticket with everything, or None."""
        return (await self.query("ticket", TicketQuery(number=number), TicketAnswer)).ticket

    async def document(self, kind: str, id: str) -> DocumentFact | None:
        """One document of the desk, or None."""
        query = DocumentsQuery(kind=kind, ids=[id])
        return next(iter((await self.query("documents", query, DocumentsAnswer)).items), None)

    async def command(self, command: Command) -> CommandResult:
        """What the router made of a command."""
        data = await self._request(subjects.ROUTER_COMMAND, command, COMMAND_SECONDS)
        return _decoded(CommandResult, data, "command")

    async def tell(self, subject: str, message: Versioned) -> None:
        """Say something that nobody answers and nobody keeps."""
        try:
            await self._bus.publish(subject, message.encode())
        except BusClientError as error:
            raise Away("the bus is not there at the moment") from error

    async def _request(self, subject: str, message: Versioned, timeout: float) -> bytes:
        try:
            with _seconds.labels(subject).time():
                return await rpc.request(self._bus, subject, message.encode(), timeout=timeout)
        except NoResponders as error:
            raise Away(f"{_who(subject)} is not there at the moment") from error
        except RequestTimeout as error:
            raise Away(f"{_who(subject)} did not answer in time", unsure=True) from error
        except BusUnavailable as error:
            raise Away("the bus is not there at the moment", unsure=True) from error
        except PayloadTooLarge as error:
            raise TooLarge("the request is too large to be passed on") from error
        except RemoteError as error:
            if error.kind == "unavailable":
                raise Away(f"{_who(subject)}: {error.text}", unsure=True) from error
            log.error("a request was answered with an error", request=subject, kind=error.kind, error=error.text)
            raise Broken(f"{_who(subject)} could not answer ({error.kind})") from error
        except BusError as error:
            log.error("a request could not be made", request=subject, error=str(error))
            raise Broken("the bus refused the request") from error


def _who(subject: str) -> str:
    return f"the {subject.partition('.')[0]}"


def _decoded(model: type[Answer], data: bytes, what: str) -> Answer:
    try:
        return model.decode(data)
    except (NewerVersion, Undecodable) as error:
        log.error("an answer could not be read", request=what, error=str(error))
        raise Broken("the answer could not be read: are all services of one version?") from error
