"""The listening socket: opens it, says in one line why it cannot, and lets its sessions finish before it is gone."""

import asyncio
import errno
import logging
import ssl

import structlog

from services.intake.errors import ListenFailed
from services.intake.smtp.connection import Connection
from services.intake.smtp.door import Door
from services.intake.smtp.session import Session
from shared.settings import Listen

log = structlog.get_logger(__name__)

DRAIN = 10.0
"""Seconds that sessions have to finish the mail they are in."""
QUEUED = 512
"""Connections that may wait to be accepted."""

# The library logs every command a client sends, whatever is in it; ours says what became of each mail.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Listener:
    """Serves SMTP on one address."""

    def __init__(
        self, listen: Listen, door: Door, *, hostname: str, timeout: float, tls: ssl.SSLContext | None = None
    ) -> None:
        self._listen = listen
        self._door = door
        self._hostname = hostname
        self._timeout = timeout
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._sessions: set[Connection] = set()

    @property
    def listening(self) -> bool:
        """Whether connections are accepted."""
        return self._server is not None and self._server.is_serving()

    @property
    def address(self) -> Listen:
        """Where it listens; the port is the real one where any free one was asked for."""
        if self._server is None or not self._server.sockets:
            return self._listen
        return Listen(self._listen.host, self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `ListenFailed`."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: self._session(loop), self._listen.host, self._listen.port, backlog=QUEUED
            )
        except OSError as error:
            raise ListenFailed(why(self._listen, error)) from error
        log.info("smtp listens", address=str(self.address), starttls=self._tls is not None)

    def _session(self, loop: asyncio.AbstractEventLoop) -> Session:
        return Session(
            self._door,
            hostname=self._hostname,
            timeout=self._timeout,
            tls=self._tls,
            open_sessions=self._sessions,
            loop=loop,
        )

    async def stop(self, timeout: float = DRAIN) -> None:
        """Accept nothing more, let the mails that are being received be answered, then close every session."""
        if self._server is None:
            return
        self._server.close()
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        for session in list(self._sessions):
            session.leave()
        while self._sessions and loop.time() < until:
            await asyncio.sleep(0.02)
        for session in list(self._sessions):
            log.warning("a session was cut off", peer=session.peer)
            session.abort()
        await asyncio.sleep(0)
        self._server = None


def why(listen: Listen, error: OSError) -> str:
    """One line on why nothing can listen there, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"smtp.listen {listen} is taken; stop what listens there or set smtp.listen to another port"
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"smtp.listen {listen} is not permitted; ports below 1024 need privileges, set smtp.listen to another port"
        )
    return f"smtp.listen {listen} can't be used ({error.strerror or error}); set it to an address of this machine"
