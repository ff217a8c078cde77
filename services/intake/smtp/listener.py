"""A listening socket, of SMTP or LMTP: opens it, says in one line why it cannot, and lets its sessions finish before it is gone."""

import asyncio
import errno
import logging
import os
import secrets
import socket
import ssl
import stat
from contextlib import suppress
from pathlib import Path

import structlog

from services.intake.errors import ListenFailed
from services.intake.smtp.connection import Connection
from services.intake.smtp.door import Door
from services.intake.smtp.session import Session
from shared.settings import Listen
from shared.settings.quantities import UnixListen

log = structlog.get_logger(__name__)

DRAIN = 10.0
"""Seconds that sessions have to finish the mail they are in."""
QUEUED = 512
"""Connections that may wait to be accepted."""

# The library logs every command a client sends, whatever is in it; ours says what became of each mail.
logging.getLogger("mail.log").setLevel(logging.ERROR)


SOCKET_MODE = 0o666
"""Whoever can reach the folder of a Unix socket may deliver, as whoever is on this machine can on a port."""


class Listener:
    """Serves one address. ``key`` is the setting that names it; ``session`` is what speaks there."""

    def __init__(
        self,
        listen: Listen | UnixListen,
        door: Door,
        *,
        hostname: str,
        timeout: float,
        tls: ssl.SSLContext | None = None,
        key: str = "smtp.listen",
        session: type[Session] = Session,
    ) -> None:
        self._listen, self._key, self._speaks = listen, key, session
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
    def address(self) -> Listen | UnixListen:
        """Where it listens; the port is the real one where any free one was asked for."""
        if self._server is None or not self._server.sockets or isinstance(self._listen, UnixListen):
            return self._listen
        return Listen(self._listen.host, self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `ListenFailed`."""
        loop = asyncio.get_running_loop()
        try:
            if isinstance(self._listen, UnixListen):
                self._server = await loop.create_unix_server(
                    lambda: self._session(loop), sock=bound(Path(self._listen.path)), backlog=QUEUED
                )
            else:
                self._server = await loop.create_server(
                    lambda: self._session(loop), self._listen.host, self._listen.port, backlog=QUEUED
                )
        except OSError as error:
            raise ListenFailed(why(self._listen, error, self._key)) from error
        log.info("listens", what=self._key, address=str(self.address), starttls=self._tls is not None)

    def _session(self, loop: asyncio.AbstractEventLoop) -> Session:
        return self._speaks(
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
        if isinstance(self._listen, UnixListen):
            with suppress(OSError):  # a file that stays behind is removed by the next start
                os.unlink(self._listen.path)


def bound(path: Path) -> socket.socket:
    """A Unix socket bound to ``path``, listening for everybody who can reach its folder. Raises `OSError`; EADDRINUSE where somebody
    listens there already, or where the file is something else.

    What a process left behind that was killed is replaced. The socket is complete before it has its name: a mail server that
    finds it can connect.
    """
    if path.exists() or path.is_symlink():
        _must_be_left_behind(path)
    temporary = path.with_name(f"{path.name[:8]}{secrets.token_hex(3)}")
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(str(temporary))
        temporary.chmod(SOCKET_MODE)
        made.listen(QUEUED)
        made.setblocking(False)
        temporary.rename(path)
    except BaseException:
        made.close()
        temporary.unlink(missing_ok=True)
        raise
    return made


def _must_be_left_behind(path: Path) -> None:
    """Raises `OSError` (EADDRINUSE) unless ``path`` is a socket on which nobody listens."""
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise OSError(errno.EADDRINUSE, "is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return
    raise OSError(errno.EADDRINUSE, "somebody listens there")


def why(listen: Listen | UnixListen, error: OSError, key: str) -> str:
    """One line on why nothing can listen there, and what to do."""
    other = "another path" if isinstance(listen, UnixListen) else "another port"
    if error.errno == errno.EADDRINUSE:
        return f"{key} {listen} is taken; stop what listens there or set {key} to {other}"
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = "its folder can't be written" if isinstance(listen, UnixListen) else "ports below 1024 need privileges"
        return f"{key} {listen} is not permitted; {hint}, set {key} to {other}"
    if isinstance(listen, UnixListen):
        return f"{key} {listen} can't be used ({error.strerror or error}); set it to a path in a folder that there is"
    return f"{key} {listen} can't be used ({error.strerror or error}); set it to an address of this machine"
