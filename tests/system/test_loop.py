"""Two running instances, each with the other's support address as its customer: they stop writing to each other by themselves."""

import email
import email.policy
import smtplib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.system.mailing import letter
from tests.system.processes import Up, free_port, wait_until

CONFIG = """
[company]
name = "{name}"
[[inbox]]
name = "support"
channel = "email"
address = "support@{name}.example"
send = "smtp://127.0.0.1:{relay}"
"""


class Road:
    """A relay on the way to one of them. While it is ``forgetful`` it takes every mark of a machine from a mail, and every trace of the
    conversation that it belongs to: what arrives is a new mail in plain text, as a help desk writes that knows no headers."""

    def __init__(self, to_port: int) -> None:
        self.port, self._to, self._count = free_port(), to_port, 0
        self.forgetful = False
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        content, recipients = envelope.content, envelope.rcpt_tos
        if self.forgetful:
            content, recipients = self._bare(content)
        with smtplib.SMTP("127.0.0.1", self._to, timeout=30) as client:
            client.sendmail(envelope.mail_from or "", recipients, content)
        return "250 OK"

    def _bare(self, content: bytes) -> tuple[bytes, list[str]]:
        came = email.message_from_bytes(content, policy=email.policy.default)
        body = came.get_body(preferencelist=("plain",))
        assert body is not None
        text = "\n".join(line for line in body.get_content().splitlines() if not line.startswith("ref:"))
        with self._lock:
            self._count += 1
            name = f"bare{self._count}.{self.port}"
        bare = letter(name, str(came["From"]), to=str(came["To"]), subject=f"Notice {self._count}", text=text)
        return bare.as_bytes(policy=email.policy.SMTP), [came["To"].addresses[0].addr_spec]

    def stop(self) -> None:
        self._controller.stop()


@pytest.fixture
def roads() -> Iterator[dict[int, Road]]:
    made: dict[int, Road] = {}
    yield made
    for road in made.values():
        road.stop()


@pytest.fixture
def pair(tmp_path: Path, roads: dict[int, Road]) -> Iterator[tuple[Up, Up]]:
    """Two instances that relay to each other."""
    one, other = Up(tmp_path / "ones"), Up(tmp_path / "others")
    for up, name, to in ((one, "ones", other), (other, "others", one)):
        roads[to.smtp] = Road(to.smtp)
        up.config = CONFIG.format(name=name, relay=roads[to.smtp].port)
    try:
        yield one.start(), other.start()
    finally:
        for up in (one, other):
            if up.process is not None:
                up.stop()


def counts(up: Up) -> tuple[int, int, bool]:
    """How many mails came in, how many were to be sent, and whether all of those were. A mail that came in is stored at one go with what
    is to be sent because of it, so nothing is missed in between."""
    tickets = up.tickets()
    states = [delivery["state"] for ticket in tickets for delivery in ticket["deliveries"]]
    return sum(len(ticket["messages"]) for ticket in tickets), len(states), set(states) <= {"accepted"}


def stopped(one: Up, other: Up, begun: int) -> bool:
    """Nothing is on its way: what either sent has arrived at the other, and what arrived was answered or not. ``begun`` came to the first
    from elsewhere."""
    (came_one, sent_one, done_one), (came_other, sent_other, done_other) = counts(one), counts(other)
    return done_one and done_other and (came_one, came_other) == (begun + sent_other, sent_one)


def begin(one: Up, name: str, text: str) -> None:
    mail = letter(name, "support@others.example", to="support@ones.example", text=text)
    with smtplib.SMTP("127.0.0.1", one.smtp, timeout=30) as client:
        client.send_message(mail)
    wait_until(lambda: bool(one.tickets()), "the first mail is there")


def test_two_instances_that_answer_each_other_stop_within_three_mails(
    pair: tuple[Up, Up], roads: dict[int, Road]
) -> None:
    one, other = pair
    begin(one, "first", "Who are you?\n")
    wait_until(lambda: counts(one)[1] == 1 and stopped(one, other, 1), "marked mails: both have stopped")
    assert counts(other)[:2] == (1, 0)
    (ticket,) = other.tickets()
    whys = [event["data"]["why"] for event in ticket["events"] if event["what"] == "not_acknowledged"]
    assert whys == ["automatic mail (loop)"]

    for road in roads.values():
        road.forgetful = True
    begin(one, "second", "Nobody has told me yet who you are.\n")
    wait_until(lambda: counts(one)[0] > 1 and stopped(one, other, 2), "unmarked mails: both have stopped")
    assert 1 < counts(one)[1] <= 1 + 3
    assert 1 < counts(other)[1] <= 3
    events = [event for up in pair for ticket in up.tickets() for event in ticket["events"]]
    whys = [event["data"]["why"] for event in events if event["what"] == "not_acknowledged"]
    assert sorted(whys) == ["automatic mail (loop)", "said 3 times within an hour"]
