"""Files of incoming messages, from Twilio into the blob store: within a time, a size and a number, several at once.

Twilio redirects to a storage of its own; our credentials go to Twilio only (https://www.twilio.com/docs/messaging/api/media-resource).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter

from services.intake.accepting import Accepting
from services.intake.twilio.reading import Media, contact_line
from shared.fetch import Fetcher, FetchError, TooBig
from shared.messages.parts import Attachment
from shared.settings.inbox import TwilioInbox
from shared.sniffing import judge

log = structlog.get_logger(__name__)

LARGEST = 16 * 1024 * 1024
"""Octets of one file; Twilio takes no larger ones (https://www.twilio.com/docs/messaging/guides/accepted-mime-types)."""
AT_ONCE = 6
"""Downloads of one inbox at a time: its files wait for each other, nobody else waits for them."""
CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
LATER, GONE, LARGE, ODD = "media-pending", "media-missing", "media-too-large", "media-mistyped"

FETCHED = Counter(
    "trunkline_intake_twilio_media_total", "Files of incoming messages, by what became of them", ["result"]
)
for _result in ("kept", LATER, GONE, LARGE):
    FETCHED.labels(_result)


@dataclass(slots=True)
class Kept:
    """What could be had: attachments, lines that say what is in them, what is to be tried again, and what is wrong."""

    attachments: list[Attachment] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    later: list[Media] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _One:
    """A file that is in the blob store."""

    attachment: Attachment
    line: str
    is_odd: bool


class MediaKeeper:
    """Fetches for one inbox."""

    def __init__(self, inbox: TwilioInbox, accepting: Accepting, fetcher: Fetcher) -> None:
        self._inbox, self._accepting, self._fetcher = inbox, accepting, fetcher
        self._auth = (inbox.account_sid, inbox.auth_token.get_secret_value())
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def keep(self, media: Sequence[Media], seconds: float) -> Kept:
        """All that can be had within ``seconds``, in their order. Raises `NotKept` when the blob store is away."""
        kept = Kept()
        if not media:
            return kept
        tasks = [asyncio.create_task(self._keep(each, seconds)) for each in media]
        try:
            # A little longer than each may take: what waits for a place ends here.
            await asyncio.wait(tasks, timeout=seconds + 0.5)
        finally:
            for task in tasks:
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for each, result in zip(media, results, strict=True):
            if isinstance(result, _One):
                kept.attachments.append(result.attachment)
                kept.lines += [result.line] if result.line else []
                kept.defects += [ODD] if result.is_odd else []
                FETCHED.labels("kept").inc()
            elif isinstance(result, FetchError | asyncio.CancelledError):
                self._miss(kept, each, result)
            else:
                raise result
        kept.defects = list(dict.fromkeys(kept.defects))
        return kept

    async def _keep(self, media: Media, seconds: float) -> _One:
        auth = self._auth if _origin(media.url) == _origin(self._inbox.api_url) else None
        # Until it is in the blob store: so many files at most are in memory, whatever comes.
        async with self._slots:
            fetched = await self._fetcher.fetch(media.url, auth=auth, limit=LARGEST, seconds=seconds)
            name = fetched.filename or media.filename
            found, trouble = judge(fetched.content, name, media.media_type)
            media_type = media.media_type if trouble is None else found
            attachment = await self._accepting.attach(
                self._inbox.channel, self._inbox.name, fetched.content, name, media_type
            )
            line = contact_line(fetched.content) if media.media_type in CARDS else ""
            return _One(attachment, line, trouble is not None)

    def _miss(self, kept: Kept, media: Media, error: BaseException) -> None:
        what = LARGE if isinstance(error, TooBig) else GONE
        if not isinstance(error, FetchError) or error.temporary:
            kept.later.append(media)
            what = LATER
        kept.defects.append(what)
        FETCHED.labels(what).inc()
        log.warning("media not fetched", inbox=self._inbox.name, result=what, error=str(error) or "time over")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port
