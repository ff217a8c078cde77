"""From the octets of a mail to the bus's acknowledgement: read, keep, publish. No protocol in here.

Whoever calls this answers its sender only after `Acceptance.accept` returned: the message is then on the bus's disk.
"""

import asyncio
from dataclasses import dataclass, replace

import structlog
from nats.aio.client import Client

from services.intake import mail
from services.intake.authentication.trust import Trust
from services.intake.backlog import Backlog
from services.intake.clerk.frames import Request
from services.intake.clerk.office import Failed as ClerkFailed
from services.intake.clerk.office import Office
from services.intake.errors import Refusal
from services.intake.mail import Blob, Envelope
from services.intake.writing import Written, write
from shared import clock
from shared.bus import subjects
from shared.bus.blobs import Blobs
from shared.bus.errors import BlobDamaged, BusError, BusFull, PayloadTooLarge
from shared.bus.publish import Publisher
from shared.mail import MailReader, ParsedMail, needs_worker
from shared.messages.inbound import bus_id

log = structlog.get_logger(__name__)

CORRELATION = "Trunkline-Correlation-Id"
TIME_LIMIT = 240.0
"""Seconds for all of it. A client waits ten minutes for the answer (RFC 5321 4.5.3.2.6), a busy reader takes ten seconds a mail."""
PUBLISH_LIMIT = 5.0
THREAD_FROM = 1 << 20
"""Octets from which hashing is worth a thread."""
HEADER_ROOM = 4096
"""Octets of the bus's payload limit left for headers."""
BLOBS_AT_ONCE = 8

UNAVAILABLE = "451 4.3.0 cannot be stored at the moment, try again later"
FULL = "452 4.3.1 no room at the moment, try again later"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The mail is kept. ``duplicate``: the bus had it already (a sender's retry whose first answer was lost)."""

    source_id: str
    duplicate: bool


class Acceptance:
    """What turns a mail into a message on the bus; one for all sessions."""

    def __init__(
        self,
        bus: Client,
        publisher: Publisher,
        blobs: Blobs,
        reader: MailReader,
        office: Office,
        backlog: Backlog,
        trust: Trust,
    ) -> None:
        self._bus = bus
        self._publisher = publisher
        self._blobs = blobs
        self._reader = reader
        self._office = office
        self._in_hand = 0
        self._backlog = backlog
        self._trust = trust
        self._blob_slots = asyncio.Semaphore(BLOBS_AT_ONCE)

    def check(self) -> None:
        """Whether a mail would be taken now; asked before its octets are sent. Raises `Refusal`."""
        if not self._bus.is_connected:
            raise Refusal(UNAVAILABLE, "unavailable")
        if self._backlog.over:
            raise Refusal("452 4.3.1 too many messages are waiting, try again later", "backlog")

    async def accept(self, raw: bytes, envelope: Envelope) -> Receipt:
        """Keep this mail; returns when the bus has acknowledged it.

        Raises `Refusal`: 451 when the bus or the blob store does not answer in time, 452 when it is full or the router is too far
        behind. After a 451 the mail may have been kept all the same; the sender's retry is then a duplicate.
        """
        self.check()
        try:
            async with asyncio.timeout(TIME_LIMIT):
                return await self._keep(raw, envelope)
        except BusFull as error:
            self._say(envelope, error)
            raise Refusal(FULL, "full") from error
        except PayloadTooLarge as error:
            self._say(envelope, error)
            raise Refusal("552 5.3.4 cannot be made small enough to be kept", "too-large") from error
        except (BusError, TimeoutError) as error:
            self._say(envelope, error)
            raise Refusal(UNAVAILABLE, "unavailable") from error

    async def _keep(self, raw: bytes, envelope: Envelope) -> Receipt:
        envelope = replace(envelope, believed=self._trust.believed(envelope.peer, envelope.routes))
        self._in_hand += 1
        try:
            written = await self._write(Request(raw, envelope, clock.now(), self._bus.max_payload - HEADER_ROOM))
            if written.blobs:
                await self._store(written.blobs)
            return await self._publish(written, envelope)
        finally:
            self._in_hand -= 1

    async def _write(self, request: Request) -> Written:
        """The message of a mail, by whoever is best to write it: a large or odd one is read apart, in a crowd the clerk helps."""
        if needs_worker(request.raw):
            return await self._written(request, await self._reader.read_apart(request.raw))
        if not self._office.takes(self._in_hand):
            return await self._written(request, await self._reader.read_here(request.raw))
        try:
            written = await self._office.write(request)
        except ClerkFailed:
            written = None
        # What the clerk failed on may have been its end: it is read where that harms nobody.
        return written or await self._written(request, await self._reader.read_apart(request.raw))

    async def _written(self, request: Request, parsed: ParsedMail) -> Written:
        raw = request.raw
        large = len(raw) >= THREAD_FROM
        sha256 = await asyncio.to_thread(mail.fingerprint, raw) if large else mail.fingerprint(raw)
        return write(parsed, raw, sha256, request.envelope, request.received_at, request.limit)

    async def _store(self, blobs: list[Blob]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for blob in blobs:
                    group.create_task(self._put(blob))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several

    async def _put(self, blob: Blob) -> None:
        # Bounded over all sessions: each holds a copy of a piece, and the bus has other work too.
        async with self._blob_slots:
            key = await self._blobs.put(blob.content)
        if key != blob.key:
            raise BlobDamaged(f"an attachment has another digest than its reader said: {blob.key}")

    async def _publish(self, written: Written, envelope: Envelope) -> Receipt:
        inbox = envelope.routes[0]
        ack = await self._publisher.publish(
            subjects.INTAKE,
            subjects.intake("email", inbox),
            written.payload,
            message_id=bus_id(written.source_id, inbox),
            headers={CORRELATION: envelope.correlation_id},
            timeout=PUBLISH_LIMIT,
        )
        return Receipt(written.source_id, ack.duplicate)

    def _say(self, envelope: Envelope, error: Exception) -> None:
        log.warning("mail not kept", correlation_id=envelope.correlation_id, error=str(error) or type(error).__name__)
