"""What the composition root hands to a room, and what it expects of one.

A room is built from a `Context`, started, asked for its readiness, and stopped. It builds none of these collaborators itself.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection
from shared.bus.publish import Publisher
from shared.secrets import Keyring
from shared.settings import Settings


@dataclass(frozen=True)
class Context:
    """The collaborators of one room. ``bus`` is this room's own connection, made with its own bus user. ``data`` is the data
    folder (Maildirs, SQLite). ``embedded`` tells that everything runs in this process. ``instance`` is unique per start."""

    settings: Settings
    keyring: Keyring
    data: Path
    bus: BusConnection
    publisher: Publisher
    blobs: Blobs
    embedded: bool = False
    instance: str = field(default_factory=lambda: uuid4().hex)


class Room(Protocol):
    """A service as the composition root sees it."""

    name: str

    async def start(self) -> None:
        """Begin to work; returns when the room would say ready, raises one typed error with a one-line message if it cannot."""

    async def stop(self) -> None:
        """Finish what is in flight (bounded), then let go of everything."""

    def ready(self) -> dict[str, bool]:
        """Readiness, a named check each: its consumers are being pulled, its listeners listen, its database answers."""
