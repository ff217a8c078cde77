"""`Sender` for a webhook: one POST for each event, taken over when the receiver answers with a 2xx status.

Whatever goes wrong is reported and tried again from the store: nothing of it stays on the bus, so that a receiver that is away for days
fills no stream. One that has not answered several times is left alone for a while; what comes meanwhile goes back to the store untried.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.notifier.sending import Attempt, Outcome, Permanent, Sent, Temporary, Throttled, Trouble
from services.notifier.webhook import signing
from shared.clock import now
from shared.fetch import Fetcher, Forbidden, Network, Unavailable
from shared.messages.outbound import Outbound
from shared.settings.hooks import Webhook

TIME_LIMIT = 10.0
"""Seconds for one attempt."""
SILENT = 3
"""Attempts in a row without any answer, after which nothing is tried for `REST` seconds."""
REST = 30.0
_NEVER = datetime.min.replace(tzinfo=UTC)
_GONE = 410  # RFC 9110, 15.5.11: likely to be permanent


class WebhookSender:
    """Tells one webhook. ``allow`` are networks that may be asked although they are not public."""

    concurrency = 8

    def __init__(
        self, hook: Webhook, allow: Sequence[Network], fetcher: Fetcher | None = None, seconds: float = TIME_LIMIT
    ) -> None:
        self._hook, self._seconds = hook, seconds
        self._fetcher = fetcher or Fetcher(allow)
        self._secret = hook.secret.get_secret_value()
        self._silent = 0
        self._until = _NEVER

    async def start(self) -> None:
        """Nothing to prepare."""

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Post it, once."""
        at = now()
        if at < self._until:
            return Temporary("the receiver has not answered lately", via=self._hook.name, unsure=True)
        content = signing.body(outbound)
        headers = signing.headers(outbound, content, self._secret, int(at.timestamp()))
        try:
            answer = await self._fetcher.post(self._hook.url, content, headers, seconds=self._seconds)
        except Forbidden as error:
            return Permanent(f"{error}; [fetch] allow lists networks that may be asked", self._hook.name)
        except Unavailable as error:
            self._note_silence(at)
            # The receiver may have it all the same: it knows by the delivery's id what it has.
            return Temporary(str(error), via=self._hook.name, unsure=True)
        self._silent = 0
        return self._outcome(outbound, answer.status, answer.retry_after)

    def _outcome(self, outbound: Outbound, status: int, retry_after: float | None) -> Outcome:
        if 200 <= status < 300:
            return Sent(outbound.delivery_id, self._hook.name)
        said = f"HTTP {status}"
        if status == 429:
            return Throttled(said, retry_after, self._hook.name)
        if status == _GONE:
            return Permanent(said, self._hook.name)
        if status in (408, 425) or status >= 500:
            return Temporary(said, retry_after, self._hook.name, unsure=True)
        # A receiver that refuses may be mended, its secret or address corrected: the schedule has the time for that.
        return Temporary(said, retry_after, self._hook.name)

    def _note_silence(self, at: datetime) -> None:
        self._silent += 1
        if self._silent >= SILENT:
            self._silent = 0
            self._until = datetime.fromtimestamp(at.timestamp() + REST, UTC)

    async def probe(self) -> Trouble | None:
        """A receiver's trouble is no reason to hold back anything on the bus."""
        return None

    async def close(self) -> None:
        """Each request has a connection of its own."""
