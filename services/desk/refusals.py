"""What was not allowed stands in the audit log: who wanted what, and why not. Bounded, so that nobody fills the log by asking."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from prometheus_client import Counter

from services.desk.errors import DeskError
from services.desk.gate import Gate
from services.desk.sessions import command_of
from services.desk.tokens import Counts, Expiring, Principal
from shared.ending import end
from shared.messages.signin import NoteRefused

log = structlog.get_logger(__name__)

SAME_SECONDS: Final = 60.0
"""The same refusal of the same caller is noted once in this time; the next note says how often it was."""
MOST: Final = 60
"""Notes of a desk within a minute."""
_AT_ONCE: Final = 8

_refused = Counter("trunkline_desk_refused_total", "Calls and commands that were not allowed, by role.", ["role"])
for _role in ("auditor", "agent", "lead", "admin"):
    _refused.labels(_role)


@dataclass
class Refusals:
    """Has refusals noted, in the background: who was refused does not wait for the log."""

    gate: Gate
    clock: Callable[[], float] = time.monotonic
    _noting: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._lately: Expiring[bool] = Expiring(SAME_SECONDS, self.clock)
        self._times: Expiring[int] = Expiring(3600.0, self.clock)
        self._all = Counts(60.0, self.clock)

    def note(self, principal: Principal, what: str, reason: str) -> None:
        """Somebody was refused something."""
        _refused.labels(principal.role if principal.role in ("auditor", "agent", "lead", "admin") else "auditor").inc()
        key = f"{principal.actor} {what}"
        times = (self._times.get(key) or 0) + 1
        self._times.put(key, times)
        if self._lately.get(key) or self._all.of("minute") >= MOST or len(self._noting) >= _AT_ONCE:
            return
        self._lately.put(key, True)
        self._all.more("minute")
        self._times.drop(key)
        noting = asyncio.create_task(self._note(principal, what, reason, times))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)

    async def stop(self) -> None:
        """Nothing is to be noted any more."""
        await end(list(self._noting))

    async def _note(self, principal: Principal, what: str, reason: str, times: int) -> None:
        action = NoteRefused(what=what[:200], reason=reason[:500], times=times)
        try:
            done = await self.gate.command(command_of(action, principal.actor, principal.name))
        except DeskError as error:
            log.warning("a refusal could not be noted", who=principal.actor, what=what, error=str(error))
            return
        if done.error is not None:
            log.warning("a refusal could not be noted", who=principal.actor, what=what, error=done.detail)
