"""The second pass: each mail read as intake reads it and handed to the router, a thread's one after the other, until it is stored.

Only so many are on their way at a time, so that mail that comes in meanwhile waits a second at most and memory stays bounded. What is
handed in twice has the same source id: an import that was broken off is simply begun again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import nats.errors
import structlog
from nats.js.errors import Error as JetStreamError

from services.composition.importing.catalogue import Catalogue, Unreadable
from services.composition.importing.lookup import Lookup
from services.composition.importing.ours import Ours
from services.composition.importing.sources import Trouble
from services.intake import mail
from services.intake.imap.envelope import described
from services.intake.recipients import Recipients
from shared.bus import subjects
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.errors import (
    BlobDamaged,
    BlobTooLarge,
    BusFull,
    BusUnavailable,
    PayloadTooLarge,
    PublishRejected,
    RemoteError,
)
from shared.bus.publish import Ack, Publisher
from shared.mail import MailReader
from shared.messages.inbound import Inbound

log = structlog.get_logger()

ON_THE_WAY = 256
"""Mails handed in and not yet stored. The router takes about as many in a second."""
AT_ONCE = 32
"""Threads in hand."""
PATIENCE = 300.0
"""Seconds until a bus or a store that is away is given up."""
STRAGGLERS = 30.0
"""Seconds at the end for mails that the router put aside to try again."""
_HEADER_ROOM = 4096
_LOOK = 0.2
_STUCK = 2.0
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
_UNREAD = {"reading-timed-out", "reading-failed", "headers-unreadable"}
_MOST_NAMED = 1000

Answer = TypeVar("Answer")


@dataclass
class Result:
    """What became of the mails. Names are kept of the first thousand."""

    imported: int = 0
    duplicates: int = 0
    held: int = 0
    failed: int = 0
    degraded: int = 0
    failures: list[Trouble] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def fail(self, name: str, why: str) -> None:
        """One more that could not be imported."""
        self.failed += 1
        if len(self.failures) < _MOST_NAMED:
            self.failures.append(Trouble(name, why))

    def degrade(self, name: str) -> None:
        """One more of which only headers and some text could be read."""
        self.degraded += 1
        if len(self.unread) < _MOST_NAMED:
            self.unread.append(name)

    @property
    def done(self) -> int:
        """How many it is known of."""
        return self.imported + self.duplicates + self.held + self.failed


@dataclass(frozen=True, slots=True)
class _Sent:
    mail: int
    sequence: int
    degraded: bool


class Handing:
    """One import into ``inbox``. ``say`` is told why nothing goes on, and "" when it does; ``open_since``: a thread with a younger mail
    stays open."""

    def __init__(
        self,
        bus: BusConnection,
        catalogue: Catalogue,
        inbox: str,
        recipients: Recipients,
        ours: Ours,
        open_since: datetime | None,
        say: Callable[[str], None],
    ) -> None:
        self.result = Result()
        self._bus = bus
        self._publisher, self._blobs = Publisher(bus), Blobs(bus)
        self._lookup = Lookup(bus, say, PATIENCE)
        self._reader = MailReader()
        self._catalogue = catalogue
        self._inbox = inbox
        self._recipients = recipients
        self._ours = ours
        self._open_since = open_since
        self._say = say
        self._room = asyncio.Semaphore(ON_THE_WAY)
        self._sent: dict[str, _Sent] = {}
        self._late: dict[str, _Sent] = {}
        self._handed = False
        self._given_up = False

    @property
    def on_the_way(self) -> int:
        """How many were handed in and are not yet known to be stored."""
        return len(self._sent) + len(self._late)

    async def run(self) -> None:
        """Hand everything in and see it stored. Raises `BusUnavailable` when bus or store stay away, `RemoteError` for what the store
        cannot answer. Cancelled, it leaves what is on its way to the router."""
        threads = self._catalogue.threads.threads()
        try:
            async with asyncio.TaskGroup() as group:
                confirming = group.create_task(self._confirm())
                async with asyncio.TaskGroup() as workers:
                    for _ in range(AT_ONCE):
                        workers.create_task(self._work(threads))
                self._handed = True
                await confirming
            await self._wait_for_stragglers()
        except BaseExceptionGroup as several:
            raise _first(several) from several
        finally:
            await self._reader.close()

    def give_up(self) -> None:
        """Begin nothing more: a cancellation alone gets lost now and then (`shared.ending`), and whoever lost it would go on."""
        self._given_up = True

    async def _work(self, threads: Iterator[list[int]]) -> None:
        for thread in threads:
            if self._given_up:
                return
            last = max(map(self._catalogue.date, thread))
            unfinished = self._open_since is not None and last >= self._open_since
            for mail_number in thread:
                if not self._given_up:
                    await self._take(mail_number, unfinished)

    async def _take(self, number: int, unfinished: bool) -> None:
        try:
            raw = self._catalogue.read(number)
            await self._hand_in(number, raw, unfinished)
        except Unreadable as error:
            self.result.fail(self._catalogue.name(number), str(error))
        except (PayloadTooLarge, PublishRejected, BlobTooLarge, BlobDamaged) as error:
            self.result.fail(self._catalogue.name(number), str(error))
        except (BusUnavailable, RemoteError):
            raise
        except Exception as error:  # a slip of ours about one mail is not its neighbours'
            log.error("a mail could not be imported", mail=self._catalogue.name(number), exc_info=error)
            self.result.fail(self._catalogue.name(number), f"could not be processed: {error!r}"[:300])

    async def _hand_in(self, number: int, raw: bytes, unfinished: bool) -> None:
        inbound, blobs = await self._written(number, raw, unfinished)
        source_id = inbound.source_id
        if source_id in self._sent or source_id in self._late or await self._lookup.is_there(source_id):
            self.result.duplicates += 1
            return
        await self._room.acquire()
        kept = False
        try:
            for blob in blobs:
                await self._patiently(lambda content=blob.content: self._blobs.put(content))  # type: ignore[misc]
            payload = mail.encode(inbound, self._bus.max_payload - _HEADER_ROOM)
            ack = await self._patiently(lambda: self._publish(inbound, payload))
            kept = source_id not in self._sent
        finally:
            if not kept:
                self._room.release()
        if kept:
            self._sent[source_id] = _Sent(number, ack.seq, bool(_UNREAD & set(inbound.defects)))
        else:  # the same mail lies twice in the archive, and both were looked up before either was there
            self.result.duplicates += 1

    async def _written(self, number: int, raw: bytes, unfinished: bool) -> tuple[Inbound, list[mail.Blob]]:
        parsed = await self._reader.read(raw)
        envelope = described(raw, self._inbox, self._recipients, silent=True)
        date = self._catalogue.date(number)
        inbound, blobs = mail.build(parsed, raw, mail.fingerprint(raw), envelope, date)
        direction = "out" if self._ours.wrote(inbound) else "in"
        marks = {"imported": True, "direction": direction, "unfinished": unfinished}
        return inbound.model_copy(update=marks), blobs

    async def _publish(self, inbound: Inbound, payload: bytes) -> Ack:
        return await self._publisher.publish(
            subjects.INTAKE,
            subjects.intake("email", self._inbox),
            payload,
            message_id=inbound.bus_id,
            headers={"Trunkline-Correlation-Id": inbound.correlation_id},
        )

    async def _patiently(self, step: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do what a bus that is full or away refuses until it has room, or is back; safe to repeat. Raises `BusUnavailable` when it
        stays away; a full one is waited for."""
        until, failures = time.monotonic() + PATIENCE, 0
        while True:
            try:
                answer = await step()
            except BusFull:
                self._say("the bus is full; waiting for room")
            except BusUnavailable:
                if time.monotonic() > until:
                    raise
                self._say("the bus does not answer; waiting for it")
            else:
                if failures:
                    self._say("")
                return answer
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1

    # -- what became of them --------------------------------------------------------------------------------------------

    async def _confirm(self) -> None:
        """Ask again and again which of the mails on their way are stored, until all were handed in and none is left."""
        moved, behind = time.monotonic(), False
        while (self._sent or not self._handed) and not self._given_up:
            await asyncio.sleep(_LOOK)
            if await self._settle(self._sent):
                moved = time.monotonic()
                if behind:
                    behind = False
                    self._say("")
            elif self._sent and time.monotonic() > moved + _STUCK:
                await self._put_aside()
                if self._sent and not behind:
                    behind = True
                    self._say("the router is behind; waiting for it")

    async def _settle(self, sent: dict[str, _Sent]) -> int:
        """Take out what is stored or held back, and count it; gives how many."""
        some = list(sent)[:ON_THE_WAY]
        if not some:
            return 0
        answer = await self._lookup.ask(some)
        done = [source_id for source_id in some if source_id in answer.stored or source_id in answer.held]
        for source_id in done:
            one = sent.pop(source_id)
            if sent is self._sent:
                self._room.release()
            if source_id in answer.stored:
                self.result.imported += 1
            else:
                self.result.held += 1
            if one.degraded:
                self.result.degrade(self._catalogue.name(one.mail))
        return len(done)

    async def _put_aside(self) -> None:
        """What the router has passed without storing it is being tried again elsewhere: nobody waits for that now."""
        try:
            info = await self._bus.jetstream().consumer_info(subjects.ROUTER.stream, subjects.ROUTER.name)
        except (nats.errors.Error, JetStreamError, TimeoutError):
            return  # the bus is away, as others will notice and say
        floor = info.ack_floor.stream_seq if info.ack_floor else 0
        await self._settle(self._sent)  # what was stored before we looked at the floor
        for source_id in [source_id for source_id, one in self._sent.items() if one.sequence <= floor]:
            self._late[source_id] = self._sent.pop(source_id)
            self._room.release()

    async def _wait_for_stragglers(self) -> None:
        until = time.monotonic() + STRAGGLERS
        while self._late and time.monotonic() < until:
            self._say(f"{len(self._late)} are being tried again; waiting for them")
            await self._settle(self._late)
            await asyncio.sleep(_LOOK * 2)
        for one in self._late.values():
            why = "was handed in and is not stored; `trunkline dead list` tells more"
            self.result.fail(self._catalogue.name(one.mail), why)
        self._late.clear()


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first of the errors that ended it; they have one cause."""
    found: BaseException = several
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
