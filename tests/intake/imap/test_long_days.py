"""What only shows over time: mailboxes that take hours to read, servers that number or date all anew, mails made to cost much."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.intake.imap import client
from services.intake.imap.client import Credentials, connected
from services.intake.imap.cursor import Cursor
from services.intake.imap.envelope import described
from services.intake.imap.errors import Nonsense
from services.intake.imap.reconciling import Reconciling
from services.intake.recipients import Recipients
from shared.settings import load
from tests.intake.imap.conftest import Begin, Post, letter, toml_of
from tests.intake.imap.scripted import Talk, named
from tests.intake.imap.test_odd_servers import Serve, imap, serve

__all__ = ["serve"]  # a fixture

BUSY = {"start": "all", "poll": "50ms", "reconcile": "0"}


async def test_a_mailbox_whose_backlog_is_being_read_is_in_no_trouble(serve: Serve, begin: Begin, post: Post) -> None:
    hanging, seen = asyncio.Event(), asyncio.Event()

    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if rest.startswith("CAPABILITY") and not seen.is_set():
            talk.writer.close()
            return True
        if rest.startswith("UID FETCH") and "BODY.PEEK[]" in rest and named(rest.split()[2])[0] > 50:
            await hanging.wait()
        return False

    server = await serve(answer)
    server.mails = {uid: letter(f"n{uid}") for uid in range(1, 61)}
    await begin(toml_of(server.port, "ann", **BUSY))
    await post.until_state(lambda state: state.failing_since is not None)
    seen.set()
    await post.until(50)
    state = await post.until_state(lambda state: state.connected)
    assert (state.failing_since, state.failures, state.problem) == (None, 0, "")
    hanging.set()
    assert len(await post.until(60)) == 60


async def test_a_mail_that_costs_connections_is_found_among_many_within_a_few(
    serve: Serve, begin: Begin, post: Post
) -> None:
    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if rest.startswith("UID FETCH") and "BODY.PEEK[]" in rest and 25 in named(rest.split()[2]):
            talk.writer.close()
            return True
        return False

    server = await serve(answer)
    server.mails = {uid: letter(f"n{uid}") for uid in range(1, 41)}
    await begin(toml_of(server.port, "ann", **BUSY))
    assert len(await post.until(39)) == 39
    await post.looked()
    assert await post.ledger() == {"email/support/refused/unfetchable": 1}
    assert server.connections <= 7


async def test_old_mail_that_a_moved_server_dates_anew_is_not_answered(serve: Serve, begin: Begin, post: Post) -> None:
    moved = False

    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if not moved:
            return False
        if rest.startswith("NOOP") and server.connections == 1:
            talk.writer.close()
            return True
        if rest.startswith("EXAMINE"):
            return talk.ok("* 2 EXISTS", "* OK [UIDVALIDITY 2] v", "* OK [UIDNEXT 3] n")
        if rest.startswith("UID FETCH") and "SIZE" in rest:
            date = 'INTERNALDATE "20-Mar-2026 10:00:00 +0000"'
            sizes = ((uid, len(server.mails[uid])) for uid in named(rest.split()[2]) if uid in server.mails)
            return talk.ok(*(f"* {uid} FETCH (UID {uid} RFC822.SIZE {size} {date})" for uid, size in sizes))
        return False

    server = await serve(answer)
    # Written before the mailbox was connected, and after: the first was never wanted, the second is new.
    server.mails = {1: letter("old")}
    await begin(toml_of(server.port, "ann", start="new", poll="50ms", reconcile="0"))
    await post.looked()
    new = letter("new").replace(b"Mon, 02 Mar 2026", b"Thu, 19 Mar 2026")
    server.mails = {1: server.mails[1], 2: new}
    moved = True
    await post.until(2)
    assert {mail.subject: mail.silent for mail in await post.held()} == {"old": True, "new": False}


async def test_answers_to_one_command_are_bounded_in_all(serve: Serve) -> None:
    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if not rest.startswith("UID FETCH"):
            return False
        for uid in range(1, 1000):
            talk.say(f"* {uid} FETCH (UID {uid} BODY[] {{900000}}", b"x" * 900_000 + b")")
            await talk.writer.drain()
        return talk.ok()

    server = await serve(answer)
    async with connected(imap(server), None, 1000) as box:
        await box.sign_in(Credentials("ann", "x"))
        await box.open("INBOX", read_only=True)
        with pytest.raises(Nonsense, match="in answer to one command"):
            await box.contents([1])


async def test_a_message_id_of_any_length_costs_a_few_octets(serve: Serve) -> None:
    long = b"Message-ID: <" + b"x" * 5000 + b"@y>\r\n\r\n"

    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if "HEADER.FIELDS" not in rest:
            return False
        assert rest.endswith("(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]<0.4096>)")
        short = b"Message-ID: <a@b>\r\n\r\n"
        for uid, field in ((1, long[: client.MESSAGE_ID_OCTETS]), (2, short)):
            talk.say(f"* {uid} FETCH (UID {uid} BODY[HEADER.FIELDS (MESSAGE-ID)]<0> {{{len(field)}}}", field + b")")
        return talk.ok()

    class Taking:
        """Takes nothing, and knows what was wanted."""

        inbox, max_size, wanted = "support", 10_000, list[int]()

        async def take(self, _box: object, uids: list[int], _cursor: object):  # type: ignore[no-untyped-def]
            self.wanted += uids
            return
            yield

    async def known(ids: object) -> set[str]:
        assert ids == ["a@b"]
        return {"a@b"}

    server = await serve(answer)
    server.mails = {1: letter("one"), 2: letter("two")}
    taking = Taking()
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    async with connected(imap(server), None, 1000) as box:
        await box.sign_in(Credentials("ann", "x"))
        await box.open("INBOX", read_only=True)
        looking = Reconciling(taking, known, timedelta(days=36_500))  # type: ignore[arg-type]
        made = await looking.look(box, Cursor(place="p", validity=1, uid=2, begun=begun))
    assert (made.on_server, made.stored, made.unnamed, taking.wanted) == (2, 1, 1, [1])


@pytest.mark.parametrize(
    "raw",
    [
        b"To: a@b.c\r\n" * 3_000_000,
        b"To: " + b"a@b.c,\r\n " * 3_500_000,
        b"To: " + b"a" * 33_000_000,
        b"\r" * 33_000_000,
    ],
    ids=["many fields", "a folded field", "a long line", "no header"],
)
async def test_whom_a_mail_was_for_is_found_in_time_whatever_its_header(raw: bytes, tmp_path: Path) -> None:
    """By the thread's own time: this happens on the event loop."""
    recipients = Recipients.of(load(None, tmp_path))
    began = time.thread_time()
    described(raw, "support", recipients, silent=False, before=datetime(2026, 1, 1, tzinfo=UTC))
    assert time.thread_time() - began < 0.1


async def test_only_a_date_that_can_be_read_makes_a_mail_old(tmp_path: Path) -> None:
    recipients = Recipients.of(load(None, tmp_path))
    march = datetime(2026, 3, 10, tzinfo=UTC)
    dates = {
        b"Mon, 02 Mar 2026 10:00:00 +0000": True,
        b"Thu, 12 Mar 2026 10:00:00 +0000": False,
        b"yesterday": False,
        b"": False,
    }
    for date, silent in dates.items():
        raw = b"Date: " + date + b"\r\n\r\nHello"
        assert described(raw, "support", recipients, silent=False, before=march).silent is silent
        assert described(raw, "support", recipients, silent=True, before=None).silent
        assert not described(raw, "support", recipients, silent=False).silent
