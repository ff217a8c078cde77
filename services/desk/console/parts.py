"""What the console is built from: the desk's own collaborators, the same for all who have it open."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from services.desk.commanding import Backend
from services.desk.console.answers import Answers
from services.desk.console.live import Live
from services.desk.overview import Overview
from services.desk.tokens import Principal
from shared.presence import PresenceBoard
from shared.settings import Settings
from shared.web import Ready

Who = Callable[[HTTPConnection], Awaitable[Principal | None]]
"""Whose browser this is: null for one that nobody is signed in with. Raises the errors of `services.desk.errors`."""


@dataclass(frozen=True)
class Parts:
    """``live`` tells what happens, ``who`` whose browser it is, ``ready`` the desk's own readiness checks, ``overview`` how everything
    is; ``refused`` notes that somebody was not allowed something, ``answers`` has
    what several pages asked for at the same moment."""

    backend: Backend
    settings: Settings
    presence: PresenceBoard
    live: Live
    who: Who
    ready: Ready
    overview: Overview
    refused: Callable[[Principal, str, str], None]
    answers: Answers = field(default_factory=Answers)
