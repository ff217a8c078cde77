"""One reader per mailbox, or bot, among all intakes: a lease in the bucket `leases`, taken over within seconds when its holder is gone.

Nobody's clock is compared with another's: a lease has ended when its entry has not changed for a while as seen by whoever waits for it.
The holder itself gives up earlier, by its own clock, which goes on while the process is paused. The lease keeps two readers from doing
the same work; what makes that harmless is the cursor's revision, or whatever else fences a reader off.

The entry also says how the mailbox or bot is (`shared.messages.mailbox`): that is where the watchdog looks.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from shared import clock
from shared.bus.errors import BusError
from shared.bus.keyvalue import Entry, KeyValue, RevisionConflict
from shared.bus.subjects import mailbox_lease
from shared.messages.mailbox import MailboxState

log = structlog.get_logger(__name__)

RENEW = 1.0
"""Seconds between two renewals."""
KEPT = 4.0
"""Seconds after which a holder that could not renew stops."""
_TROUBLE = {"failing_since", "kind", "problem", "certain", "failures"}
ENDED = 6.0
"""Seconds without a change after which whoever waits takes it."""


class Lease:
    """The lease of one inbox's mailbox as one intake sees it; ``key`` where it is of something else that only one may read."""

    def __init__(
        self,
        bucket: KeyValue,
        inbox: str,
        owner: str,
        *,
        key: str = "",
        monotonic: Callable[[], float] = time.monotonic,
        renew: float = RENEW,
        kept: float = KEPT,
        ended: float = ENDED,
    ) -> None:
        self.inbox = inbox
        self._bucket = bucket
        self._key = key or mailbox_lease(inbox)
        self._owner = owner
        self._monotonic = monotonic
        self._renew, self._kept, self._ended = renew, kept, ended
        self._revision = 0
        self._renewed = float("-inf")
        self._seen: tuple[int, float] | None = None
        self.state = MailboxState(inbox=inbox, owner=owner, at=clock.now())

    @property
    def held(self) -> bool:
        """Whether it is ours, for all that we can know without asking."""
        return bool(self._revision) and self._monotonic() - self._renewed < self._kept

    async def take(self) -> None:
        """Wait until it is ours."""
        while not await self._try():
            await asyncio.sleep(self._renew)

    async def _try(self) -> bool:
        asked = self._monotonic()
        try:
            entry = await self._bucket.get(self._key)
            if entry is not None and not self._over(entry):
                return False
            former = MailboxState.read(entry.value) if entry is not None else None
            # Trouble goes on until somebody has got in; its beginning is what the operators are told.
            trouble = former.model_dump(include=_TROUBLE) if former else {}
            self.state = self.state.model_copy(update={**trouble, "at": clock.now(), "yields": False})
            self._revision = await self._bucket.update(self._key, self.state.encode(), entry.revision if entry else 0)
        except RevisionConflict:
            return False
        except BusError as error:
            log.debug("the lease can't be asked for", inbox=self.inbox, error=str(error))
            return False
        self._renewed = asked
        return True

    def _over(self, entry: Entry) -> bool:
        state = MailboxState.read(entry.value)
        if state is not None and state.owner == self._owner:
            return True  # ours, from before the bus was away
        if state is not None and state.yields:
            return True
        now = self._monotonic()
        if self._seen is None or self._seen[0] != entry.revision:
            self._seen = (entry.revision, now)
        return now - self._seen[1] >= self._ended

    async def keep(self) -> None:
        """Renew for ever; returns when it is lost."""
        while self.held:
            await asyncio.sleep(self._renew)
            await self.renew()
        self._revision = 0
        log.warning("the mailbox's lease is lost", inbox=self.inbox)

    async def renew(self) -> None:
        """Renew once, with the state as it is now; what the bus does not answer is tried again as long as it is held."""
        asked = self._monotonic()
        if not self.held:
            return
        try:
            state = self.state.model_copy(update={"at": clock.now()})
            self._revision = await self._bucket.update(self._key, state.encode(), self._revision)
        except RevisionConflict:
            self._revision = 0
        except BusError as error:
            log.debug("the lease could not be renewed", inbox=self.inbox, error=str(error))
        else:
            self._renewed = asked

    async def give_back(self) -> None:
        """Let somebody else have it at once; harmless when it is not ours."""
        if self.held:
            self.state = self.state.model_copy(update={"yields": True, "connected": False})
            await self.renew()
        self._revision = 0
