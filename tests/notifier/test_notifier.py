"""The notifier on a real bus with real SMTP: what is claimed is sent once, and whatever breaks, nothing is lost or doubled."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifier import lane as lanes
from services.notifier import pacing
from services.notifier.limits import Rate
from services.notifier.sending import MINIMUM_TRIES, Attempt, Misconfigured, Outcome, Trouble
from shared.bus import subjects
from shared.bus.publish import Publisher
from shared.messages.outbound import Outbound
from shared.messages.parts import Attachment
from tests.natsserver import NatsServer, free_port

from .conftest import INBOXES, House, outbound, until


async def test_a_queued_message_is_sent_and_reported_accepted(house: House, sinks: Any) -> None:
    sink = await sinks()
    await house.notifier({"support": [sink.url]})
    await house.store.queue(outbound())
    await until(lambda: bool(house.store.reports))
    report = house.store.reports[0]
    assert (report.state, report.attempt, report.via) == ("accepted", 1, f"127.0.0.1:{sink.port}")
    assert f"<{report.provider_id}>" == sink.received[0].message_id
    assert report.correlation_id == "c-one"
    assert sink.received[0].recipients == ["one@customer.example"]


async def test_a_message_that_the_bus_gives_out_twice_is_sent_once(house: House, sinks: Any) -> None:
    sink = await sinks()
    await house.store.queue(outbound())
    twin = outbound()
    await Publisher(house.store.nc).publish(
        subjects.OUTBOUND, subjects.outbound("email", "support"), twin.encode(), message_id="twin"
    )
    await house.notifier({"support": [sink.url]})
    await house.store.queue(outbound("last"))
    await until(lambda: len(house.store.reports) == 2)
    await until(lambda: house.store.state[twin.delivery_id] == "accepted")
    assert len(sink.received) == 2


async def test_two_racing_notifiers_send_each_message_once(house: House, sinks: Any) -> None:
    sink = await sinks()
    first = await house.notifier({"support": [sink.url]})
    second = await house.notifier({"support": [sink.url]})
    count = 300
    await house.store.queue(*(outbound(f"n{each}") for each in range(count)))
    await until(lambda: len(house.store.reported("accepted")) == count)
    assert len({mail.message_id for mail in sink.received}) == len(sink.received) == count
    assert all(first.ready().values())
    assert all(second.ready().values())


async def test_a_dead_relay_of_one_inbox_does_not_delay_another(house: House, sinks: Any) -> None:
    sink = await sinks()
    room = await house.notifier({"support": [f"smtp://127.0.0.1:{free_port()}"], "sales": [sink.url]})
    await house.store.queue(*(outbound(f"dead{each}") for each in range(50)))
    await until(lambda: bool(house.store.reported("queued")))
    await house.store.queue(*(outbound(f"alive{each}", inbox="sales") for each in range(50)))
    await until(lambda: len(house.store.reported("accepted")) == 50)
    assert all(room.ready().values())
    assert "Connect" in house.store.reported("queued")[0].error or "connect" in house.store.reported("queued")[0].error


async def test_when_the_relay_is_back_everything_goes_out_and_few_attempts_were_spent(house: House, sinks: Any) -> None:
    sink = await sinks()
    await sink.stop()
    await house.notifier({"support": [sink.url]})
    await house.store.queue(*(outbound(f"n{each}") for each in range(200)))
    await until(lambda: bool(house.store.reported("queued")))
    await sink.start()
    await until(lambda: len(house.store.reported("accepted")) == 200)
    assert len(sink.received) == 200
    assert max(house.store.attempt.values()) <= 3


async def test_a_slow_recipient_does_not_delay_its_neighbours(house: House, sinks: Any) -> None:
    sink = await sinks()
    sink.script["RCPT"].append("hang")
    await house.notifier({"support": [sink.url]})
    await house.store.queue(outbound("slow"))
    await until(lambda: sink.hanging == 1)
    await house.store.queue(*(outbound(f"n{each}") for each in range(100)))
    await until(lambda: len(house.store.reported("accepted")) == 100)
    assert sink.hanging == 1, "whoever is slow was waited for"
    sink.release.set()
    await until(lambda: len(house.store.reported("accepted")) == 101)


async def test_a_refused_recipient_is_reported_failed_and_a_deferred_one_queued(house: House, sinks: Any) -> None:
    sink = await sinks()
    house.store.requeue = False
    await house.notifier({"support": [sink.url]})
    sink.always["RCPT"] = "550 5.1.1 no such user"
    await house.store.queue(outbound("gone"))
    await until(lambda: len(house.store.reports) == 1)
    sink.always["RCPT"] = "450 4.2.1 greylisted"
    await house.store.queue(outbound("later"))
    await until(lambda: len(house.store.reports) == 2)
    failed, later = house.store.reports
    assert (failed.state, "no such user" in failed.error) == ("failed", True)
    assert later.state == "queued"
    assert later.retry_at is not None
    assert 295 <= (later.retry_at - later.at).total_seconds() <= 301


async def test_while_the_store_is_silent_nothing_is_sent_and_afterwards_everything(house: House, sinks: Any) -> None:
    sink = await sinks()
    await house.store.fall_silent()
    await house.notifier({"support": [sink.url]})
    await house.store.queue(*(outbound(f"n{each}") for each in range(20)))
    lane = house.rooms[0]._lanes[0]
    await until(lambda: len(lane._in_hand) == 20)
    assert sink.received == []
    await house.store.answer()
    await until(lambda: len(house.store.reported("accepted")) == 20)
    assert len(sink.received) == 20


async def test_a_restart_of_the_bus_neither_loses_nor_doubles(tmp_path: Any, sinks: Any) -> None:
    bus = NatsServer(tmp_path, inboxes=INBOXES)
    bus.start()
    house = House(bus, tmp_path)
    await house.open()
    try:
        sink = await sinks()
        await house.notifier({"support": [sink.url]})
        await house.store.queue(*(outbound(f"a{each}") for each in range(150)))
        await until(lambda: len(sink.received) > 20)
        bus.kill()
        bus.start()
        await house.store.queue(*(outbound(f"b{each}") for each in range(20)))
        await until(lambda: sum(state == "accepted" for state in house.store.state.values()) == 170)
        assert len({mail.message_id for mail in sink.received}) == 170
        assert len(sink.received) == 170
    finally:
        await house.close()
        bus.kill()


async def test_a_message_that_cannot_be_read_does_not_hurt_its_neighbours(house: House, sinks: Any) -> None:
    sink = await sinks()
    publisher = Publisher(house.store.nc)
    for number, payload in enumerate((b"{", b'{"version": 1}', b'{"version": 99}')):
        await publisher.publish(
            subjects.OUTBOUND, subjects.outbound("email", "support"), payload, message_id=f"bad{number}"
        )
    await house.store.queue(*(outbound(f"n{each}") for each in range(10)))
    room = await house.notifier({"support": [sink.url]})
    await until(lambda: len(house.store.reported("accepted")) == 10)
    # A newer version waits aside for the upgrade, and says so.
    assert room.ready() == {"outbound-email-support": False, "outbound-api-desk": True}


async def test_peoples_answers_go_before_automatic_mail_under_a_rate_limit(house: House, sinks: Any) -> None:
    sink = await sinks()
    await house.store.fall_silent()
    await house.notifier({"support": [sink.url]}, rates={"support": Rate(20, burst=1)})
    await house.store.queue(*(outbound(f"auto{each}", automatic=True) for each in range(5)))
    await house.store.queue(*(outbound(f"person{each}") for each in range(5)))
    lane = house.rooms[0]._lanes[0]
    await until(lambda: len(lane._in_hand) == 10)
    await house.store.answer()
    await until(lambda: len(sink.received) == 10)
    order = [mail.recipients[0][:4] for mail in sink.received]
    # At most one automatic message had been taken for the request that nobody answered.
    assert order.index("pers") <= 1
    assert "auto" not in order[1 : order.index("pers") + 5][1:]


async def test_stopping_finishes_what_is_on_the_wire_and_gives_back_the_rest(house: House, sinks: Any) -> None:
    sink = await sinks()
    sink.always["DATA"] = "hang"
    room = await house.notifier({"support": [sink.url]})
    await house.store.queue(*(outbound(f"n{each}") for each in range(40)))
    await until(lambda: sink.hanging == 8)
    stopping = asyncio.create_task(room.stop())
    sink.always.clear()
    sink.release.set()
    await stopping
    house.rooms.remove(room)
    assert 8 <= len(sink.received) < 40
    await house.notifier({"support": [sink.url]})
    await until(lambda: sum(state == "accepted" for state in house.store.state.values()) == 40)
    assert len({mail.message_id for mail in sink.received}) == len(sink.received) == 40


async def test_an_attachment_is_fetched_and_a_missing_one_is_a_permanent_failure(house: House, sinks: Any) -> None:
    sink = await sinks()
    key = await house.blobs.put(b"%PDF")
    await house.notifier({"support": [sink.url]})
    there = Attachment(filename="račun.pdf", media_type="application/pdf", size=4, blob=key)
    gone = Attachment(filename="b.pdf", blob="0" * 64)
    await house.store.queue(outbound("there", attachments=[there]), outbound("gone", attachments=[gone]))
    await until(lambda: len(house.store.reports) == 2)
    assert [report.state for report in house.store.reports if "attachment" in report.error] == ["failed"]
    parts = [part for part in sink.received[0].message.walk() if part.get_filename()]
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in parts] == [("račun.pdf", b"%PDF")]


async def test_without_a_relay_mail_is_written_to_the_maildir(house: House) -> None:
    await house.notifier({"support": []})
    await house.store.queue(outbound(), outbound("two"))
    await until(lambda: len(house.store.reported("accepted")) == 2)
    assert {report.via for report in house.store.reports} == {"maildir"}
    assert len(list((house.data / "maildir" / "new").iterdir())) == 2


async def test_a_rate_limited_inbox_goes_on_by_itself_until_everything_is_sent(house: House, sinks: Any) -> None:
    sink = await sinks()
    await house.notifier({"support": [sink.url]}, rates={"support": Rate(50)})
    began = asyncio.get_running_loop().time()
    await house.store.queue(*(outbound(f"n{each}") for each in range(30)))
    await until(lambda: len(house.store.reported("accepted")) == 30)
    assert asyncio.get_running_loop().time() - began >= 29 / 50 - 0.05


async def test_a_relay_that_wants_us_slower_gets_a_pause(house: House, sinks: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(pacing, "THROTTLE_PAUSE", 0.5)
    sink = await sinks()
    sink.script["MAIL"].append("421 4.7.0 too fast")
    house.store.requeue = False
    await house.notifier({"support": [sink.url]})
    await house.store.queue(outbound("first"))
    await until(lambda: bool(house.store.reported("queued")))
    began = asyncio.get_running_loop().time()
    await house.store.queue(outbound("second"))
    await until(lambda: bool(house.store.reported("accepted")))
    assert asyncio.get_running_loop().time() - began >= 0.4


@dataclass
class WrongToken:
    """A sender whose provider does not know us."""

    concurrency: int = 3
    tried: list[str] = field(default_factory=list)

    async def start(self) -> None:
        """Nothing to prepare."""

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        self.tried.append(outbound.delivery_id)
        return Misconfigured("the bot is not known")

    async def probe(self) -> Trouble | None:
        return Misconfigured("the bot is not known")

    async def close(self) -> None:
        """Nothing to leave."""


async def test_what_a_provider_does_not_take_from_us_fails_in_the_end_so_that_it_goes_another_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_PROBE_WAITS", (0.02,))
    house.store.requeue = False
    sender = WrongToken()
    lane = lanes.Lane(await house.connect("notifier"), "me", "telegram", "bot", sender)
    await lane.start()
    try:
        talk: dict[str, Any] = {"channel": "telegram", "inbox": "bot"}
        old = outbound("old", created_at=datetime.now(UTC) - timedelta(minutes=61), **talk)
        await house.store.queue(outbound("first", **talk))
        await until(lambda: len(house.store.reports) == 1)
        await house.store.queue(outbound("fresh", **talk))
        for tries in range(1, MINIMUM_TRIES + 1):
            await house.store.queue(old)
            await until(lambda tries=tries: len(house.store.reports) == 1 + tries)  # type: ignore[misc]
        assert [report.state for report in house.store.reports[1:]] == ["queued"] * 4 + ["failed"]
        assert outbound("fresh").delivery_id not in sender.tried  # it waits for an operator
    finally:
        await lane.stop()
