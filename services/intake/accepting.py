"""Acceptance for every channel but mail: a finished `Inbound` goes to the bus, and whoever sent it is answered only afterwards.

A webhook, a form or a reader makes the message, puts what is large into the blob store with `Accepting.keep`, and calls
`Accepting.accept`. Both raise `NotKept`, which a web route turns into its status (503 with Retry-After) and a reader into another try.
"""

import asyncio

import structlog
from nats.aio.client import Client

from services.intake import mail
from services.intake.acceptance import CORRELATION, HEADER_ROOM, PUBLISH_LIMIT, THREAD_FROM, Receipt
from services.intake.backlog import Backlog
from services.intake.errors import Away, Behind, Full, NotKept, TooLarge, Why
from services.intake.ledger import LedgerNotes
from services.intake.mail import INLINE
from shared.bus import subjects
from shared.bus.blobs import Blobs, key_of
from shared.bus.errors import BusError, BusFull, PayloadTooLarge
from shared.bus.publish import Publisher
from shared.messages.inbound import Inbound
from shared.messages.parts import Attachment, Stored

__all__ = ["Accepting", "Receipt"]

log = structlog.get_logger(__name__)

TIME_LIMIT = 60.0
"""Seconds for one content or one message; a provider has hung up long before."""
BLOBS_AT_ONCE = 8


class Accepting:
    """What puts messages on the bus; one for all channels of an intake. ``ledger`` is told what was refused or came twice."""

    def __init__(self, bus: Client, publisher: Publisher, blobs: Blobs, backlog: Backlog, ledger: LedgerNotes) -> None:
        self._bus = bus
        self._publisher = publisher
        self._blobs = blobs
        self._backlog = backlog
        self._ledger = ledger
        self._blob_slots = asyncio.Semaphore(BLOBS_AT_ONCE)

    def check(self, channel: str, inbox: str) -> None:
        """Whether a message would be taken now; ask before reading or fetching what is large. Raises `NotKept`, and counts it."""
        if not self._bus.is_connected:
            raise self._counted(channel, inbox, Away())
        if self._backlog.over:
            raise self._counted(channel, inbox, Behind())

    async def accept(self, message: Inbound) -> Receipt:
        """Publish to ``intake.<channel>.<inbox>``; returns when the bus has it on its disk.

        What its attachments and ``original`` refer to was put into the blob store before. A message whose ``source_id`` the bus had
        already is a success with ``duplicate``. Texts too long for the bus are cut, with a defect that says so. Raises `NotKept`
        (counted in the ledger as refused): after `Away` it may have been kept all the same, so it is repeated with the same
        ``source_id``.
        """
        self.check(message.channel, message.inbox)
        payload = mail.encode(message, self._bus.max_payload - HEADER_ROOM)
        try:
            async with asyncio.timeout(TIME_LIMIT):
                ack = await self._publisher.publish(
                    subjects.INTAKE,
                    subjects.intake(message.channel, message.inbox),
                    payload,
                    message_id=message.bus_id,
                    headers={CORRELATION: message.correlation_id},
                    timeout=PUBLISH_LIMIT,
                )
        except (BusError, TimeoutError) as error:
            raise self._failed(message.channel, message.inbox, error) from error
        if ack.duplicate:
            self._ledger.count("duplicate", message.inbox, "bus", channel=message.channel)
        return Receipt(message.source_id, ack.duplicate)

    async def keep(self, channel: str, inbox: str, content: bytes) -> str:
        """Put a content into the blob store; gives its key, the SHA-256. Raises `NotKept` and counts it for this inbox."""
        self.check(channel, inbox)
        try:
            # Bounded over all requests: each holds a copy of a piece, and the bus has other work too.
            async with asyncio.timeout(TIME_LIMIT), self._blob_slots:
                return await self._blobs.put(content)
        except (BusError, TimeoutError) as error:
            raise self._failed(channel, inbox, error) from error

    async def attach(self, channel: str, inbox: str, content: bytes, filename: str, media_type: str) -> Attachment:
        """The attachment of a content, which is kept. Raises `NotKept`."""
        key = await self.keep(channel, inbox, content)
        return Attachment(filename=filename, media_type=media_type, size=len(content), sha256=key, blob=key)

    async def original(self, channel: str, inbox: str, payload: bytes, media_type: str = "application/json") -> Stored:
        """What the provider said, for `Inbound.original`: inside the message up to 16 KiB, else kept. Raises `NotKept`."""
        large = len(payload) > INLINE
        if large:
            sha256 = await self.keep(channel, inbox, payload)
        else:
            sha256 = await asyncio.to_thread(key_of, payload) if len(payload) >= THREAD_FROM else key_of(payload)
        return Stored(
            sha256=sha256,
            size=len(payload),
            media_type=media_type,
            inline=None if large else payload,
            blob=sha256 if large else None,
        )

    def refused(self, channel: str, inbox: str, reason: Why) -> None:
        """Count one that was turned away for another reason: no good signature, too often, malformed."""
        self._ledger.count("refused", inbox, reason, channel=channel)

    def _failed(self, channel: str, inbox: str, error: Exception) -> NotKept:
        log.warning("message not kept", channel=channel, inbox=inbox, error=str(error) or type(error).__name__)
        match error:
            case BusFull():
                said: NotKept = Full()
            case PayloadTooLarge():
                said = TooLarge()
            case _:
                said = Away()
        return self._counted(channel, inbox, said)

    def _counted(self, channel: str, inbox: str, error: NotKept) -> NotKept:
        self.refused(channel, inbox, error.reason)
        return error
