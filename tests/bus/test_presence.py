"""Who is with a ticket: what one note after the other makes of it, and the bucket on a real bus, used by desks and routers at once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from nats.js import JetStreamContext
from structlog.testing import capture_logs

from services.router import presence as routers
from shared.bus import subjects, topology
from shared.bus.connection import settle
from shared.bus.errors import BusUnavailable
from shared.messages.presence import Presence, Present
from shared.presence import LASTS, MOST, PresenceBoard, placed, still
from tests.bus.conftest import Connect

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SOON = timedelta(seconds=20)


def shown(present: list[Present]) -> list[tuple[str, str, str]]:
    return [(each.who, each.channel, each.state) for each in present]


def test_one_comes_looks_writes_and_goes() -> None:
    there, changed = placed([], "agent:1", "Anna", "desk", "looking", AT)
    assert (shown(there), changed, there[0].since, there[0].until) == (
        [("Anna", "desk", "looking")],
        True,
        AT,
        AT + LASTS,
    )
    again, changed = placed(there, "agent:1", "Anna", "desk", "looking", AT + SOON)
    assert (changed, again[0].since, again[0].until) == (False, AT, AT + SOON + LASTS)
    writing, changed = placed(again, "agent:1", "Anna", "desk", "writing", AT + 2 * SOON)
    assert (shown(writing), changed, writing[0].since) == ([("Anna", "desk", "writing")], True, AT + 2 * SOON)
    assert placed(writing, "agent:1", "Anna", "desk", "gone", AT + 2 * SOON) == ([], True)
    assert placed([], "agent:1", "Anna", "desk", "gone", AT) == ([], False)


def test_two_of_one_name_and_one_on_two_channels_are_told_apart() -> None:
    there: list[Present] = []
    for actor, channel in (("agent:1", "desk"), ("agent:2", "desk"), ("agent:1", "telegram")):
        there, _ = placed(there, actor, "Anna", channel, "looking", AT)
    assert len(there) == 3
    there, _ = placed(there, "agent:1", "Anna", "telegram", "gone", AT)
    assert [(each.actor, each.channel) for each in there] == [("agent:1", "desk"), ("agent:2", "desk")]


def test_who_does_not_say_so_again_is_gone_after_a_minute() -> None:
    there, _ = placed([], "agent:1", "Anna", "desk", "writing", AT)
    assert still(there, AT + LASTS - timedelta(milliseconds=1)) == there
    assert still(there, AT + LASTS) == []
    back, changed = placed(there, "agent:1", "Anna", "desk", "writing", AT + LASTS)
    assert (changed, back[0].since) == (True, AT + LASTS)


def test_a_crowd_is_cut_to_those_who_came_last() -> None:
    there: list[Present] = []
    for each in range(MOST + 20):
        there, _ = placed(there, f"agent:{each}", f"A{each}", "desk", "looking", AT + timedelta(milliseconds=each))
    assert [each.who for each in there] == [f"A{each}" for each in range(20, MOST + 20)]


def test_the_bucket_forgets_when_the_time_is_over() -> None:
    assert timedelta(seconds=topology.PRESENCE_TTL) == LASTS


async def test_desks_see_and_hear_of_one_another_and_of_who_writes_elsewhere(
    js: JetStreamContext, as_user: Connect
) -> None:
    one, other, router = await as_user("desk"), await as_user("desk"), await as_user("router")
    heard = await other.subscribe(subjects.presence(1001))
    await settle(other)
    await PresenceBoard(one).note(1001, "token:anna", "anna", "api", "looking")
    await PresenceBoard(one).note(1001, "token:anna", "anna", "api", "looking")  # still there: nothing new
    await routers.note(router, 1001, "Bob", "telegram", "writing", actor="agent:7")
    await PresenceBoard(one).note(1002, "token:anna", "anna", "api", "looking")
    everybody = [("anna", "api", "looking"), ("Bob", "telegram", "writing")]
    assert shown(await PresenceBoard(other).read(1001)) == everybody
    first, second = [Presence.decode((await heard.next_msg(timeout=60)).data) for _ in range(2)]
    assert (shown(first.present), shown(second.present)) == (everybody[:1], everybody)
    await PresenceBoard(one).note(1001, "token:anna", "anna", "api", "gone")
    assert shown(Presence.decode((await heard.next_msg(timeout=60)).data).present) == everybody[1:]
    assert heard.pending_msgs == 0
    assert await PresenceBoard(other).read(9999) == []


async def test_of_many_who_come_at_the_same_moment_nobody_is_lost(js: JetStreamContext, as_user: Connect) -> None:
    boards = [PresenceBoard(await as_user("desk")), PresenceBoard(await as_user("desk"))]
    await asyncio.gather(*(boards[n % 2].note(2001, f"agent:{n}", f"A{n}", "desk", "looking") for n in range(6)))
    assert {each.who for each in await boards[0].read(2001)} == {f"A{n}" for n in range(6)}


async def test_what_cannot_be_read_is_replaced(js: JetStreamContext, as_user: Connect) -> None:
    desk = await as_user("desk")
    await (await desk.jetstream().key_value(subjects.PRESENCE)).put("3001", b"\xff not ours")
    assert await PresenceBoard(desk).read(3001) == []
    await PresenceBoard(desk).note(3001, "agent:1", "Anna", "desk", "looking")
    assert shown(await PresenceBoard(desk).read(3001)) == [("Anna", "desk", "looking")]


async def test_nobody_else_may_say_who_is_there(js: JetStreamContext, as_user: Connect) -> None:
    for user in ("notifier", "intake"):
        with pytest.raises(BusUnavailable):
            await PresenceBoard(await as_user(user), answer=0.2).note(4001, "agent:1", "Anna", "desk", "looking")
    assert await PresenceBoard(await as_user("desk")).read(4001) == []


async def test_a_router_goes_on_where_it_cannot_be_told_and_the_log_has_it(
    js: JetStreamContext, as_user: Connect
) -> None:
    router = await as_user("router")
    await router.close()
    with capture_logs() as logs:
        await routers.note(router, 1001, "Bob", "telegram", "writing")
    assert [each["log_level"] for each in logs] == ["warning"]
