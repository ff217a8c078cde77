"""Telling colleagues that somebody is writing elsewhere than at a desk: on Telegram, by mail, by SMS. Best effort: it decides nothing."""

import asyncio
from typing import Final

import structlog
from nats.aio.client import Client

from shared.bus.errors import BusError
from shared.messages.presence import State
from shared.presence import PresenceBoard

log = structlog.get_logger(__name__)

PATIENCE: Final = 2.0
"""Seconds that whoever waits for more important things is held up at most."""


async def note(bus: Client, number: int, who: str, channel: str, state: State, *, actor: str = "") -> None:
    """``who`` (``actor``, as a command has it, tells people of one name apart) does this with the ticket ``number``: shown for a minute.
    Raises nothing; what goes wrong stands in the log."""
    try:
        async with asyncio.timeout(PATIENCE):
            await PresenceBoard(bus).note(number, actor or who, who, channel, state)
    except (BusError, TimeoutError) as error:
        log.warning(
            "it could not be shown who is with a ticket", number=number, channel=channel, error=repr(error)[:300]
        )
