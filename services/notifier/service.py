"""The room `notifier`: a lane for every inbox that can be sent from, and one for the webhooks that were made at the desk."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from services.notifier.channels import MAKERS
from services.notifier.lane import Lane
from services.notifier.limits import Rate
from services.notifier.metadata import cleaning
from services.notifier.outgoing import Outgoing
from services.notifier.similar import offering
from services.notifier.typing import ShowsTyping, Typing
from services.notifier.webhook.made import MadeHooks
from shared.bus import subjects
from shared.service import Context
from shared.settings import Settings

log = structlog.get_logger(__name__)


def _outlets(settings: Settings) -> list[Any]:
    """What is sent by. Inboxes of channel ``api`` only receive: on it webhooks are told."""
    return [*(inbox for inbox in settings.inbox if inbox.channel != "api"), *settings.webhook]


class NotifierService:
    """Sends what the store has queued. ``rates`` limits inboxes by name; without one an inbox sends as fast as its relay takes."""

    name = "notifier"

    def __init__(self, context: Context, *, rates: Mapping[str, Rate] | None = None) -> None:
        self._context = context
        self._rates = rates or {}
        self._lanes: list[Lane] = []
        self._typing: list[Typing] = []
        here = [inbox.name for inbox in context.settings.email_inboxes if not inbox.send]
        self._outgoing = Outgoing(context.bus, context.data / "maildir", here)

    async def start(self) -> None:
        """Begin to consume every inbox. The durables must have been declared; the store and the relays may be away.

        Raises `services.notifier.email.compose.Uncomposable` for an inbox with an address that can't be one.
        """
        context = self._context
        company = context.settings.company
        for inbox in _outlets(context.settings):
            make = MAKERS.get(inbox.channel)
            if make is None:
                continue
            rate = self._rates.get(inbox.name)
            sender = make(context, inbox)
            clean = cleaning(sender, context.blobs)
            whole = offering(clean, context.bus, inbox.channel, company.languages[0], company.public_url)
            self._lanes.append(Lane(context.bus, context.instance, inbox.channel, inbox.name, whole, rate=rate))
            if isinstance(sender, ShowsTyping):
                self._typing.append(Typing(context.bus, inbox.channel, inbox.name, sender))
        made = MadeHooks(context.bus, context.keyring, context.settings.fetch.allow)
        self._lanes.append(Lane(context.bus, context.instance, "api", "desk", made, durable=subjects.DESK_HOOKS))
        try:
            for lane in self._lanes:
                await lane.start()
            for each in self._typing:
                await each.start()
            await self._outgoing.start()
        except BaseException:
            await self.stop()
            raise
        log.info("notifier started", inboxes=[f"{lane.channel}/{lane.inbox}" for lane in self._lanes])

    async def stop(self) -> None:
        """Finish what is being sent (at most 15 s), give back the rest."""
        await asyncio.gather(self._outgoing.stop(), *(each.stop() for each in self._typing))
        await asyncio.gather(*(lane.stop() for lane in self._lanes))

    def ready(self) -> dict[str, bool]:
        """One check per inbox: its messages are consumed. A relay that is away doesn't count: it is the watchdog's to tell."""
        return {f"outbound-{lane.channel}-{lane.inbox}": lane.ready for lane in self._lanes}
