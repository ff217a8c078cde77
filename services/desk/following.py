"""The configuration as it is in force: that of the file, with the teams and webhooks that were made at the desk.

All of the desk reads one `Settings` of its own. What of it changes while the desk runs, `team` and `webhook`, is changed in it here and
nowhere else; what stands in the file the desk has read itself.
"""

import asyncio
from typing import Final

import nats.errors
import pydantic_core
import structlog
from nats.aio.client import Client
from nats.js.errors import Error as JetStreamError

from shared.bus import subjects
from shared.ending import end
from shared.settings import Settings
from shared.settings.made import DeskTeam, DeskWebhook, Made, made_in

log = structlog.get_logger(__name__)

KEY: Final = "effective"
EVERY: Final = 1.0
"""Seconds between looks."""


def own(settings: Settings) -> Settings:
    """A copy for the desk alone, which may be changed."""
    return settings.model_copy()


class Following:
    """Keeps ``settings``, which are the desk's own, as they are handed out."""

    def __init__(self, bus: Client, settings: Settings) -> None:
        self._bus, self._settings = bus, settings
        self._file = (settings.team, settings.webhook)
        self._revision = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, then go on looking."""
        await self.look()
        self._task = asyncio.create_task(self._follow(), name="desk configuration")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end([self._task])
            self._task = None

    async def look(self) -> None:
        """See what is handed out now. Raises nothing: what was known stays."""
        try:
            bucket = await self._bus.jetstream().key_value(subjects.CONFIG)
            entry = await bucket.get(KEY)
            if entry.revision == self._revision:
                return
            self._use(made_in(pydantic_core.from_json(entry.value or b"{}").get("effective", {})))
            self._revision = entry.revision or 0
        except (nats.errors.Error, JetStreamError, TimeoutError) as error:
            log.debug("the configuration could not be looked at", error=str(error))
        except (ValueError, AttributeError) as error:
            log.error("the configuration handed out is not understood; the former stays", error=str(error))

    def _use(self, made: Made) -> None:
        team, webhook = self._file
        for name, value in (("team", (*team, *made.teams)), ("webhook", (*webhook, *made.webhooks))):
            object.__setattr__(self._settings, name, value)  # settings are frozen for everybody else

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self.look()


def of_file(settings: Settings) -> Settings:
    """The settings as the file has them, without what was made at the desk."""
    return settings.model_copy(
        update={
            "team": tuple(each for each in settings.team if not isinstance(each, DeskTeam)),
            "webhook": tuple(each for each in settings.webhook if not isinstance(each, DeskWebhook)),
        }
    )
