"""A mailbox as the rest of this package sees it: typed questions and answers, each bounded in time, over one connection.

Never marks a mail as read: contents are fetched with PEEK, and a mailbox that nothing is to be done to is opened read-only. After any
error but `Denied` the connection is of no use any more.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aioimaplib import aioimaplib as library

from services.intake.imap import answers
from services.intake.imap.answers import Fetched, Folder
from services.intake.imap.errors import (
    Denied,
    FolderMissing,
    IdleUnanswered,
    MailboxError,
    Nonsense,
    SignInRefused,
    Unreachable,
    Untrusted,
)
from services.intake.imap.framing import Response
from services.intake.imap.wire import SILENCE, Authenticate, Wire
from shared.settings.inbox import Imap

CONNECT = 20.0
"""Seconds to connect, TLS included, and to be greeted."""
COMMAND = 900.0
"""Seconds for one command however busy the server is with its answer: 35 MB over 1 Mbit/s take five minutes."""
SLACK = 1 << 20
"""Octets that a batch may have beyond the largest mail."""
MESSAGE_ID_OCTETS = 4096
"""Octets of a mail's Message-ID field that are asked for."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A password, or an access token in its place."""

    user: str
    password: str = ""
    token: str | None = None


def tls_context(imap: Imap, folder: Path) -> ssl.SSLContext | None:
    """What the server's certificate is checked with, or null without TLS; reads files. Raises `Untrusted` for an unusable one."""
    if imap.tls == "none":
        return None
    try:
        return ssl.create_default_context(cafile=str(folder / imap.authority) if imap.authority else None)
    except (OSError, ssl.SSLError) as error:
        raise Untrusted(f"imap.authority {imap.authority} can't be used: {error}") from error


@asynccontextmanager
async def connected(imap: Imap, context: ssl.SSLContext | None, limit: int) -> AsyncIterator["Mailbox"]:
    """A connection that was greeted, with TLS as configured; closed in the end. Raises `Unreachable`, `Untrusted`, `Nonsense`.

    ``limit``: octets of the largest mail that is fetched.
    """
    wire = Wire(asyncio.get_running_loop(), limit + SLACK)
    try:
        try:
            async with asyncio.timeout(CONNECT):
                box = await _open(wire, imap, context)
        except ssl.SSLError as error:
            raise Untrusted(f"{imap.host}:{imap.port} can't be trusted: {_why(error)}") from error
        except OSError as error:  # a timeout too
            why = error.strerror or str(error) or "no answer"
            raise Unreachable(f"{imap.host}:{imap.port} can't be reached: {why}") from error
        yield box
    finally:
        wire.close()


async def _open(wire: Wire, imap: Imap, context: ssl.SSLContext | None) -> "Mailbox":
    host = imap.host.strip("[]")
    tls = {"ssl": context, "server_hostname": host} if imap.tls == "tls" else {}
    await wire.loop.create_connection(lambda: wire, host, imap.port, **tls)
    greeting = await wire.greeting
    preauth = greeting.upper().startswith(b"* PREAUTH")
    if not preauth and not greeting.upper().startswith(b"* OK"):
        raise Unreachable(f"the server turns us away: {greeting[:200].decode('utf-8', 'replace')}")
    wire.state = library.AUTH if preauth else library.NONAUTH
    if imap.tls == "starttls":
        if preauth:  # whoever is between could say so to keep us from TLS (RFC 9051 11.1)
            raise Untrusted("the server takes us for signed in before TLS began")
        assert context is not None
        await _starttls(wire, context, host)
    box = Mailbox(wire)
    await box.ask_capabilities()
    return box


async def _starttls(wire: Wire, context: ssl.SSLContext, host: str) -> None:
    try:
        await wire.starttls(context, host, CONNECT)
    except Denied as error:
        raise Untrusted(f"the server offers no TLS ({error})") from error


def _why(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", "") or error.reason or str(error)


class Mailbox:
    """A connection, and the folder that is open on it. All raise `Unreachable`, `Nonsense`, and `Denied` where the server says no."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def can(self, capability: str) -> bool:
        """Whether the server says so, as of the latest question."""
        return capability in self._wire.capabilities

    async def _ask(self, name: str, *words: str, uid: bool = False) -> tuple[bytes, list[Response]]:
        async with _bounded(self._wire, name):
            return await self._wire.run(self._wire.command(name, *words, prefix="UID" if uid else None))

    async def ask_capabilities(self) -> None:
        """CAPABILITY; again after TLS and after signing in, when others count (RFC 3501 6.1.1)."""
        _, responses = await self._ask("CAPABILITY")
        self._wire.capabilities = {
            word.decode("ascii", "replace").upper()
            for response in responses
            if response[0].upper().startswith(b"* CAPABILITY ")
            for word in response[0].split()[2:]
        }

    async def sign_in(self, credentials: Credentials) -> None:
        """Password (SASL PLAIN, RFC 4616, else LOGIN) or access token (XOAUTH2). Raises `SignInRefused` too."""
        wire = self._wire
        if wire.state != library.NONAUTH:
            return
        try:
            if credentials.token is not None:
                text = f"user={credentials.user}\x01auth=Bearer {credentials.token}\x01\x01"
                await self._authenticate("XOAUTH2", text)
            elif self.can("AUTH=PLAIN"):
                await self._authenticate("PLAIN", f"\0{credentials.user}\0{credentials.password}")
            elif self.can("LOGINDISABLED"):
                raise SignInRefused("the server takes no password without TLS; set tls")
            else:
                await self._login(credentials)
        except Denied as error:
            raise _refusal(error) from error
        wire.state = library.AUTH
        await self.ask_capabilities()

    async def _authenticate(self, mechanism: str, text: str) -> None:
        command = Authenticate(
            self._wire.new_tag(), mechanism, text.encode(), at_once=self.can("SASL-IR"), timeout=SILENCE
        )
        try:
            async with _bounded(self._wire, "AUTHENTICATE"):
                await self._wire.run(command)
        except Denied as error:
            said = command.said.decode("utf-8", "replace")
            raise Denied(f"{error} {said}".strip() if said.isprintable() else str(error)) from error

    async def _login(self, credentials: Credentials) -> None:
        words = (credentials.user, credentials.password)
        if not all(word.isascii() and word.isprintable() for word in words):
            raise SignInRefused("the server takes only user names and passwords of ASCII characters")
        await self._ask("LOGIN", *map(answers.quoted, words))

    async def open(self, folder: str, *, read_only: bool) -> Folder:
        """EXAMINE or SELECT. Raises `FolderMissing` too."""
        try:
            code, responses = await self._ask("EXAMINE" if read_only else "SELECT", answers.folder_name(folder))
        except Denied as error:
            if _is_busy(error):
                raise Unreachable(f"the folder {folder} can't be opened now ({error})") from error
            raise FolderMissing(f"the folder {folder} can't be opened ({error})") from error
        self._wire.state = library.SELECTED
        opened = answers.folder(responses, code)
        if opened is None:
            raise Nonsense(f"the folder {folder} has no UIDVALIDITY: it cannot be followed safely")
        return opened

    async def search(self, *criteria: str) -> list[int]:
        """UIDs, ascending. Criteria are ASCII words of ours."""
        _, responses = await self._ask("SEARCH", *criteria, uid=True)
        return answers.found(responses)

    async def after(self, uid: int, *criteria: str) -> list[int]:
        """The UIDs above this one. ``n:*`` names the last mail in any case, whatever its UID (RFC 3501 6.4.8).

        Dovecot, for one, searches among the mails it last told of: NOOP makes it look for new ones first.
        """
        await self.poll()
        return [each for each in await self.search("UID", f"{uid + 1}:*", *criteria) if each > uid]

    async def describe(self, uids: Sequence[int]) -> dict[int, Fetched]:
        """Size and date of those of these mails that are there."""
        return await self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE)")

    async def contents(self, uids: Sequence[int]) -> dict[int, Fetched]:
        """The whole mails; whoever asks keeps their sum within the limit of the connection."""
        return await self._fetch(uids, "(UID BODY.PEEK[])")

    async def message_ids(self, uids: Sequence[int]) -> dict[int, Fetched]:
        """The Message-ID fields, as header blocks of at most `MESSAGE_ID_OCTETS` each: a stranger's mail may have one of any length."""
        return await self._fetch(uids, f"(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]<0.{MESSAGE_ID_OCTETS}>)")

    async def _fetch(self, uids: Sequence[int], what: str) -> dict[int, Fetched]:
        if not uids:
            return {}
        _, responses = await self._ask("FETCH", answers.uid_set(uids), what, uid=True)
        # Somebody else's changes come as FETCH responses too: they have no part that was asked for.
        wanted, got = set(uids), dict[int, Fetched]()
        for one in map(answers.fetched, responses):
            if one is not None and one.uid in wanted and (one.size is not None or one.content is not None):
                got[one.uid] = one
        return got

    async def flag(self, uids: Iterable[int], flag: str) -> None:
        """Set a flag on mails; those that are gone are no error."""
        await self._ask("STORE", answers.uid_set(uids), "+FLAGS.SILENT", f"({flag})", uid=True)

    async def remove(self, uids: Sequence[int]) -> None:
        """Delete these mails and no others: without UIDPLUS (RFC 4315) they are only marked, since EXPUNGE takes all that are."""
        await self.flag(uids, "\\Deleted")
        if self.can("UIDPLUS"):
            await self._ask("EXPUNGE", answers.uid_set(uids), uid=True)

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """Into a folder, made where it is missing: MOVE (RFC 6851), else copied and removed."""
        try:
            await self._move(uids, folder)
        except Denied as error:
            if "TRYCREATE" not in str(error).upper():
                raise
            await self._ask("CREATE", answers.folder_name(folder))
            await self._move(uids, folder)

    async def _move(self, uids: Sequence[int], folder: str) -> None:
        words = (answers.uid_set(uids), answers.folder_name(folder))
        if self.can("MOVE"):
            await self._ask("MOVE", *words, uid=True)
        else:
            await self._ask("COPY", *words, uid=True)
            await self.remove(uids)

    def forget_news(self) -> None:
        """What is told from now on is news."""
        self._wire.news.clear()

    async def idle(self, limit: float, wanted: asyncio.Event) -> bool:
        """Wait for news for at most so many seconds (RFC 2177), or until something else is ``wanted``; whether there were news. Raises as
        everything here."""
        wire = self._wire
        if wire.news.is_set() or wanted.is_set():
            return wire.news.is_set() and wire.failure is None
        wire.idling.clear()
        command = library.IdleCommand(wire.new_tag(), wire.idle_queue, loop=wire.loop)
        ended = asyncio.ensure_future(wire.run(command))
        try:
            await _first(SILENCE, wire.idling.wait(), wire.gone.wait(), _finished(ended))
            if not wire.idling.is_set() and not ended.done():
                wire.fail(IdleUnanswered("the server does not answer IDLE"))
            else:
                await _first(limit, wire.news.wait(), wanted.wait(), _finished(ended))
                if wire.failure is None and not ended.done():
                    wire.transport.write(b"DONE\r\n")
            async with asyncio.timeout(SILENCE):
                await ended
        except TimeoutError as error:
            wire.fail(IdleUnanswered("the server does not answer after IDLE"))
            raise IdleUnanswered("the server does not answer after IDLE") from error
        finally:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)
        return wire.news.is_set()

    async def poll(self) -> None:
        """NOOP: whether the server is there; it may tell news."""
        await self._ask("NOOP")

    async def leave(self) -> None:
        """Say goodbye (RFC 3501 6.1.3); the connection is closed whatever the answer."""
        try:
            async with asyncio.timeout(2):
                await self._wire.run(self._wire.command("LOGOUT", silence=2))
        except (MailboxError, TimeoutError):
            return


def _refusal(error: Denied) -> MailboxError:
    """A server that is busy says so: that is no wrong password."""
    if _is_busy(error):
        return Unreachable(f"the server can't let us in now ({error})")
    return SignInRefused(f"the server refuses to let us in ({error})")


def _is_busy(error: Denied) -> bool:
    """Whether it says that the trouble is its own (RFC 5530, section 3)."""
    said = str(error).upper()
    return any(code in said for code in ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[CONTACTADMIN]"))


@asynccontextmanager
async def _bounded(wire: Wire, what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(COMMAND):
            yield
    except TimeoutError as error:
        wire.fail(Unreachable(f"the server does not come to an end with {what}"))
        raise Unreachable(f"the server does not come to an end with {what}") from error


async def _finished(task: "asyncio.Future[Any]") -> None:
    await asyncio.wait({task})


async def _first(limit: float, *waits: object) -> None:
    """Until one of these is over, or the time."""
    tasks = [asyncio.ensure_future(each) for each in waits]  # type: ignore[call-overload]
    try:
        await asyncio.wait(tasks, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
