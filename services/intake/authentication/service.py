"""Answers the router's request `mail.authenticate`: fetches the mail, checks it in a thread, within the bound. Decides nothing.

Everything the check needs is imported when the first mail asks for it: most installations on one machine never check any.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter, Histogram

from services.intake.authentication.domains import warm_up
from services.intake.authentication.verdicts import unknown
from shared.bus import rpc, subjects
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.errors import BusError, RemoteError
from shared.messages.authentication import AuthenticateReply, AuthenticateRequest
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.parts import Authentication, Stored
from shared.settings.authentication import Authentication as Configured

if TYPE_CHECKING:
    import dns.resolver

log = structlog.get_logger(__name__)

AT_ONCE = 32
"""Checks at a time; nearly all of their time they wait for DNS."""
LARGE = 1 << 20
LARGE_AT_ONCE = 2
"""Mails over ``LARGE`` octets in memory at a time."""
LARGEST = 64 << 20
LEFT_FOR_ANSWER = 0.2
"""Seconds before the asker's deadline by which a check has to end."""

CHECKED = Counter("trunkline_authentication_checks", "Mails checked, by the verdict of DMARC", ["dmarc"])
SECONDS = Histogram(
    "trunkline_authentication_seconds", "Time a check took", buckets=(0.01, 0.03, 0.1, 0.3, 1, 2, 3, 4, 5, 7, 10, 20)
)
for _verdict in ("pass", "fail", "none", "temperror", "permerror"):
    CHECKED.labels(_verdict)


class Authenticator:
    """The server of that request; every intake is one, each request goes to one of them."""

    def __init__(self, bus: BusConnection, blobs: Blobs, settings: Configured) -> None:
        self._bus = bus
        self._blobs = blobs
        self._settings = settings
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="authentication")
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._resolver: dns.resolver.Resolver | None = None
        self._server: rpc.Server | None = None

    async def start(self) -> None:
        """Begin to answer."""
        self._server = await rpc.serve(
            self._bus, subjects.MAIL_AUTHENTICATE, "intake", self._answer, concurrency=2 * AT_ONCE
        )

    async def stop(self) -> None:
        """Finish what was asked, which is bounded; then take nothing more."""
        if self._server is not None:
            await self._server.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, request: rpc.Request) -> bytes:
        try:
            asked = AuthenticateRequest.decode(request.payload)
        except (NewerVersion, Undecodable) as error:
            raise RemoteError("invalid", str(error)[:500]) from error
        if not self._settings.check:
            return AuthenticateReply(authentication=Authentication()).encode()
        began = time.monotonic()
        seconds = self._settings.timeout.total_seconds()
        if request.deadline is not None:
            seconds = min(seconds, request.deadline - time.time() - LEFT_FOR_ANSWER)
        try:
            async with asyncio.timeout(seconds):
                found = await self._check(asked, began + seconds)
        except TimeoutError:
            found = unknown("out of time")
        except BusError as error:
            found = unknown(f"the mail could not be read: {error}")
        SECONDS.observe(time.monotonic() - began)
        CHECKED.labels(found.dmarc).inc()
        return AuthenticateReply(authentication=found).encode()

    async def _check(self, asked: AuthenticateRequest, until: float) -> Authentication:
        if asked.original.size <= LARGE:
            return await self._in_thread(asked, until)
        async with self._large:
            return await self._in_thread(asked, until)

    async def _in_thread(self, asked: AuthenticateRequest, until: float) -> Authentication:
        raw = await self._original(asked.original)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._authenticate, asked, raw, until)

    async def _original(self, original: Stored) -> bytes:
        if original.inline is not None:
            return original.inline
        return await self._blobs.get(original.blob or original.sha256, limit=LARGEST)

    def _authenticate(self, asked: AuthenticateRequest, raw: bytes, until: float) -> Authentication:
        """In a thread. It ends by ``until`` (`time.monotonic`), also where nobody waits for it any more."""
        from services.intake.authentication import check, resolver

        left = until - time.monotonic()
        if left <= 0:
            return unknown("out of time")
        try:
            if self._resolver is None:
                warm_up()
                self._resolver = resolver.resolver(self._settings.asked)
        except resolver.Unanswered as error:
            log.warning("no mail can be authenticated", error=str(error))
            return unknown(str(error))
        return check.authenticate(asked, raw, self._resolver, left)
