"""What is read of a mailbox, when, and what is done to it: with a real dovecot."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from tests.intake.conftest import until, until_async
from tests.intake.imap.conftest import Begin, Post, letter, metric, toml
from tests.intake.imap.dovecot import Dovecot

pytestmark = pytest.mark.peer("dovecot")
JANUARY, MARCH = (datetime(2026, month, 15, tzinfo=UTC).timestamp() for month in (1, 3))


async def put(dovecot: Dovecot, user: str, *mails: bytes, **more: float) -> None:
    await asyncio.to_thread(dovecot.put, *mails, user=user, **more)


async def test_a_new_mail_is_on_the_bus_within_two_seconds_and_stays_unread(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    await begin(toml(dovecot, user))
    await post.looked()
    took = []
    for number in range(1, 4):  # a machine that does much else may once be slower
        await put(dovecot, user, letter(f"mail {number}"))
        began = time.monotonic()
        assert (await post.until(number))[-1] == f"mail {number}"
        took.append(time.monotonic() - began)
        if took[-1] < 2.0:
            break
    assert min(took) < 2.0, took
    assert set(dovecot.flags(user)) == {""}
    taken = (await post.held())[0]
    assert (taken.inbox, taken.peer, taken.recipients, taken.silent) == (
        "support",
        None,
        ["support@acme.example"],
        False,
    )


async def test_what_was_there_before_the_first_connection_is_left_alone_by_default(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    await put(dovecot, user, letter("old"))
    await begin(toml(dovecot, user))
    await post.looked()
    await put(dovecot, user, letter("new"))
    assert await post.until(1) == ["new"]


@pytest.mark.parametrize(
    ("start", "subjects", "silent"),
    [
        ("all", ["january", "march", "new"], [True, True, False]),
        ("2026-02-01", ["march", "new"], [True, False]),
    ],
)
async def test_old_mails_are_taken_as_configured_and_never_answered(
    start: str, subjects: list[str], silent: list[bool], dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    await put(dovecot, user, letter("january"), date=JANUARY)
    await put(dovecot, user, letter("march"), date=MARCH)
    await begin(toml(dovecot, user, start=start))
    await post.looked()
    await put(dovecot, user, letter("new"))
    assert await post.until(len(subjects)) == subjects
    assert [each.silent for each in await post.held()] == silent


@pytest.mark.parametrize(
    ("after", "inbox", "archive"),
    [
        ("keep", [""], []),
        ("flag", ["\\Flagged"], []),
        ("move:Żółw & co", [], [""]),
        ("delete", [], []),
    ],
)
async def test_a_mail_that_is_safe_is_kept_flagged_moved_or_deleted(
    after: str, inbox: list[str], archive: list[str], dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    await begin(toml(dovecot, user, after=after))
    await post.looked()
    await put(dovecot, user, letter("one"))
    assert await post.until(1) == ["one"]
    await asyncio.wait_for(_until_flags(dovecot, user, inbox), 60)
    if after.startswith("move"):
        assert dovecot.flags(user, folder='"&AXsA8wFC-w &- co"') == archive
    await until_async(lambda: _nothing_to_do(post))


async def _nothing_to_do(post: Post) -> bool:
    return not (await post.cursor())["todo"]


async def _until_flags(dovecot: Dovecot, user: str, wanted: list[str]) -> None:
    while await asyncio.to_thread(dovecot.flags, user) != wanted:
        await asyncio.sleep(0.05)


async def test_what_the_server_forbids_keeps_no_mail_and_is_told(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    await begin(toml(dovecot, user, after="move:bad//name"))
    await post.looked()
    await put(dovecot, user, letter("one"))
    state = await post.until_state(lambda state: bool(state.warning))
    assert "does not allow it" in state.warning
    await put(dovecot, user, letter("two"))
    assert await post.until(2) == ["one", "two"]
    assert dovecot.flags(user) == ["", ""]


async def test_nothing_is_done_to_a_mail_before_it_is_on_the_bus(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    intake = await begin(toml(dovecot, user, after="delete"))
    await post.looked()
    intake.backlog._limit = -1  # the router is far behind
    await put(dovecot, user, letter("waits"))
    await post.until_state(lambda state: state.kind == "bus")
    assert dovecot.flags(user) == [""]
    intake.backlog._limit = 10**6
    assert await post.until(1) == ["waits"]


async def test_mails_that_came_while_nobody_read_are_taken_later(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    first = await begin(toml(dovecot, user))
    await post.looked()
    await first.stop()
    await put(dovecot, user, *(letter(f"n{number:03}") for number in range(120)))
    await begin(toml(dovecot, user))
    assert sorted(await post.until(120)) == [f"n{number:03}" for number in range(120)]
    await post.looked(post.intakes[1].mailboxes.readers[0])
    assert (await post.cursor())["uid"] == 120
    assert len(await post.held()) == 120


async def test_a_mail_over_the_limit_is_counted_and_keeps_nobody_behind_it(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    await begin(toml(dovecot, user), smtp='max_size = "100kB"')
    await post.looked()
    await put(dovecot, user, letter("large", text="x" * 200_000), letter("small"))
    assert await post.until(1) == ["small"]
    assert await post.ledger() == {"email/support/refused/too-large": 1}
    assert dovecot.flags(user) == ["", ""]


async def test_a_large_mail_arrives_whole(dovecot: Dovecot, user: str, begin: Begin, post: Post) -> None:
    await begin(toml(dovecot, user))
    await post.looked()
    mail = letter("large", text="\r\n".join(f"line {number} of many )" for number in range(40_000)))
    await put(dovecot, user, mail, letter("after it"))
    assert set(await post.until(2)) == {"large", "after it"}
    (large,) = (each for each in await post.held() if each.subject == "large")
    assert large.original is not None
    assert large.original.size == len(mail)


async def test_renumbering_takes_what_is_new_and_doubles_nothing(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    await put(dovecot, user, letter("never wanted"), date=JANUARY)
    first = await begin(toml(dovecot, user))
    await post.looked()
    await put(dovecot, user, letter("one"), letter("two"))
    await post.until(2)
    await post.looked()
    before = await post.cursor()
    await first.stop()
    await put(dovecot, user, letter("three"))
    dovecot.new_uid_validity(user)
    await begin(toml(dovecot, user))
    assert await post.until(3) == ["one", "two", "three"]
    await post.looked(post.intakes[1].mailboxes.readers[0])
    after = await post.cursor()
    assert after["validity"] != before["validity"]
    assert await post.ledger(post.intakes[1]) == {"email/support/duplicate/bus": 2}
    await put(dovecot, user, letter("four"))
    assert await post.until(4) == ["one", "two", "three", "four"]


async def test_a_server_without_idle_is_polled(user: str, begin: Begin, post: Post) -> None:
    server = Dovecot(capability="IMAP4rev1 SASL-IR UIDPLUS").start()
    try:
        await begin(toml(server, user, poll="100ms"))
        await post.looked()
        await put(server, user, letter("one"))
        assert await post.until(1) == ["one"]
    finally:
        server.remove()


async def test_a_server_killed_in_mid_fetch_costs_nothing_and_doubles_nothing(
    user: str, begin: Begin, post: Post
) -> None:
    server = Dovecot().start()
    try:
        names = [f"n{number:03}" for number in range(150)]
        await put(server, user, *(letter(name, text="much to say\r\n" * 1500) for name in names))
        await begin(toml(server, user, start="all"))
        await post.until(20)
        server.kill()
        await post.until_state(lambda state: state.failing_since is not None)
        assert len(await post.held()) < 150  # else it came too late to be in the middle
        server.start()
        assert sorted(await post.until(150)) == names
        await post.until_state(lambda state: state.connected)
        assert sorted(await post.subjects()) == names
        assert (await post.cursor())["uid"] == 150
    finally:
        server.remove()


async def test_without_the_bus_everything_stays_where_it_is_and_goes_on_afterwards(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    intake = await begin(toml(dovecot, user, after="delete"))
    await post.looked()
    server = post.server
    server.stop()
    await put(dovecot, user, letter("meanwhile"))
    await until(lambda: not post.reader.lease.held)
    assert dovecot.flags(user) == [""]
    server.start()
    await until(lambda: intake.ready()["intake-bus"])
    await until(lambda: post.tester.is_connected)
    assert await post.until(1) == ["meanwhile"]


async def test_a_wrong_password_stops_no_other_mailbox_and_is_told(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    wrong = toml(dovecot, user, name="sales", password="wrong")
    await begin(f"{wrong}\n{toml(dovecot, user)}")
    await post.looked(post.intakes[0].mailboxes.readers[1])
    await put(dovecot, user, letter("one"))
    assert await post.until(1) == ["one"]
    state = await post.until_state(lambda state: state.failures >= 2, "sales")
    assert (state.kind, state.certain, state.connected) == ("sign-in", True, False)
    assert "wrong" not in state.problem
    assert post.intakes[0].ready()["intake-bus"]


async def test_mails_on_the_server_that_are_not_stored_are_fetched_again(
    dovecot: Dovecot, user: str, begin: Begin, post: Post
) -> None:
    first = await begin(toml(dovecot, user, start="all", reconcile="0"))
    await put(dovecot, user, letter("one"), date=time.time() - 3600)
    await post.until(1)
    await post.looked()
    await first.stop()
    await put(dovecot, user, letter("two"), date=time.time() - 3600)
    await post.move_cursor(2)  # the server showed it later than one behind it
    before = metric("trunkline_imap_reconciled_total", inbox="support", result="missing") or 0.0
    await begin(toml(dovecot, user, start="all", reconcile="6h"))
    assert await post.until(2) == ["one", "two"]
    reader = post.intakes[1].mailboxes.readers[0]
    await until(lambda: reader._reconciled > 0)
    assert metric("trunkline_imap_reconciled_total", inbox="support", result="missing") == before + 1.0
    assert await post.subjects() == ["one", "two"]
