"""Reads what follows DATA (RFC 5321 4.1.1.4, 4.5.2), in pieces, however large and however odd its lines are.

Nothing but CR LF . CR LF ends a mail. Servers that also take a bare LF there let one mail hold another that only some of the
relays on its way see ("SMTP smuggling"); for us the octets are content and are kept as they came. Lines may be of any length: the
limit is on the whole.
"""

import asyncio
from typing import Protocol

CRLF = b"\r\n"
END = b"\r\n.\r\n"
OVERRUN = 16 * 1024 * 1024
"""Octets beyond the limit that are read and thrown away so that the sender hears why; after that it is cut off."""


class Room(Protocol):
    """Where the octets are accounted for."""

    def take(self, octets: int) -> bool:
        """Take so many; False when there are not so many left."""

    def give_back(self, octets: int) -> None:
        """What was taken is free again."""


class TooLarge(Exception):
    """The mail exceeds the limit. ``cut_off``: and so far that its end was not waited for."""

    def __init__(self, cut_off: bool = False) -> None:
        super().__init__("too large")
        self.cut_off = cut_off


class NoRoom(Exception):
    """All mails together exceed what we hold in memory; this one was read to its end and thrown away."""


class Content:
    """The mail as it gathers. Takes from `room` as it grows; `close` gives it back."""

    def __init__(self, limit: int, room: Room) -> None:
        self.size = 0
        self._limit = limit
        self._room = room
        self._held = 0
        self._pieces: list[bytes] = []
        self._before = b""
        self._crowded = False

    def feed(self, octets: bytes) -> None:
        """The next piece of the stream, whose very first two octets are the CR LF of the line before the mail.

        Raises `TooLarge` (cut off) when waiting for the end makes no sense any more.
        """
        if not self._before:
            self._before, octets = octets[:2], octets[2:]
        # The dot that hides a line's own dot (RFC 5321 4.5.2) may stand in another piece than the line's beginning.
        kept = (self._before + octets).replace(b"\r\n.", CRLF)[2:]
        self._before = (self._before + octets[-2:])[-2:]
        self.size += len(kept)
        if self.size > self._limit + OVERRUN:
            self.close()
            raise TooLarge(cut_off=True)
        if self.size > self._limit or self._crowded:
            self.close()
        elif self._room.take(len(kept)):
            self._held += len(kept)
            self._pieces.append(kept)
        else:
            self._crowded = True
            self.close()

    def whole(self) -> bytes:
        """The mail; asked for once, its pieces are let go of. Raises `TooLarge` or `NoRoom`."""
        if self.size > self._limit:
            raise TooLarge
        if self._crowded:
            raise NoRoom
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def close(self) -> None:
        """Let go of what was gathered; harmless when nothing is held."""
        self._pieces.clear()
        self._room.give_back(self._held)
        self._held = 0


async def read_content(reader: asyncio.StreamReader, content: Content) -> None:
    """Feed `content` with everything up to the end of the mail, which is consumed and nothing after it.

    The stream has to begin with the CR LF that stands before the mail, because a dot at the mail's very beginning counts too.
    Raises `TooLarge` as `Content.feed` does, `asyncio.IncompleteReadError` when the stream ends first.
    """
    while True:
        try:
            last = await reader.readuntil(END)
        except asyncio.LimitOverrunError as more:
            # So many octets are certainly before the end, or are all of them up to it.
            content.feed(await reader.read(more.consumed))
        else:
            content.feed(last[: -len(".\r\n")])
            return
