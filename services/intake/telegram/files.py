"""Files of messages: fetched in two steps, a path and then its content (https://core.telegram.org/bots/api#getfile). No bus in here."""

import asyncio
import socket
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from services.intake.telegram.content import FILE_LIMIT, RemoteFile
from shared import fetch
from shared.telegram import BadRequest, Bot, Forbidden, TelegramError, described

AT_ONCE = 3
"""Files of one bot in memory at the same time; each bot has its own, so that one that hangs holds up no other."""
LONGEST = 60.0
"""Seconds that one file may take."""


class FileError(Exception):
    """A file can't be had; the text is one line."""


class Gone(FileError):
    """It never will. ``defect`` is what the message is marked with."""

    def __init__(self, text: str, defect: str = "attachment-unavailable") -> None:
        super().__init__(text)
        self.defect = defect


class Delayed(FileError):
    """Not now: Telegram doesn't answer, or not in time."""


class Files:
    """Fetches files through one bot. ``api_url`` is the base that the operator has chosen: wherever that is, we may ask it."""

    def __init__(self, bot: Bot, api_url: str) -> None:
        self._bot, self._api_url = bot, api_url
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, file: RemoteFile) -> bytes:
        """The content, at most `FILE_LIMIT` octets. Raises `Gone`, `Delayed`."""
        if file.size is not None and file.size > FILE_LIMIT:
            raise Gone(f"{file.size} octets are more than a bot may fetch", "attachment-too-large")
        async with self._slots:
            try:
                async with asyncio.timeout(LONGEST):
                    return await self._fetch(file)
            except TimeoutError as error:
                raise Delayed(f"no end after {LONGEST:g} s") from error

    async def _fetch(self, file: RemoteFile) -> bytes:
        try:
            found = await self._bot.get_file(file.file_id)
        except (BadRequest, Forbidden) as error:
            too_large = "too big" in str(error).lower()
            raise Gone(described(error), "attachment-too-large" if too_large else "attachment-unavailable") from error
        except TelegramError as error:
            raise Delayed(described(error)) from error
        if not found.file_path:
            raise Delayed("Telegram does not say where the file is")
        fetcher = fetch.Fetcher(await _networks(self._api_url))
        try:
            return (await fetcher.fetch(found.file_path, limit=FILE_LIMIT, seconds=LONGEST)).content
        except fetch.TooBig as error:
            raise Gone(str(error), "attachment-too-large") from error
        except fetch.Forbidden as error:
            raise Gone(str(error)) from error
        except fetch.FetchError as error:  # an address works for an hour: the next try asks for a new one
            raise Delayed(str(error)) from error


async def _networks(api_url: str) -> list[IPv4Network | IPv6Network]:
    """The addresses of the configured base, loopback and private ones too: a Bot API server of one's own, or a stand-in."""
    parts = urlsplit(api_url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Delayed(f"{parts.hostname} has no address at the moment") from error
    return [ip_network(str(each[4][0]).partition("%")[0]) for each in found]
