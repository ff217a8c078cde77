"""What the watchdog tells the operators, and when it keeps quiet."""

from datetime import datetime, timedelta

import pytest

from services.router.deciding.commands import decide_command
from services.router.watchdog import Finding, _patiently, findings
from shared.messages import command as c
from shared.messages.changeset import QueueDelivery
from shared.messages.mailbox import MailboxState
from shared.messages.ticket import HealthAnswer
from shared.settings.sections import Watchdog
from tests.router.world import START, World

LIMITS = Watchdog.model_validate({"silent_channel": "2h"})
GOOD = HealthAnswer(disk_free=10**10, last_received={"support": START})


def told(health: HealthAnswer = GOOD, dead: int = 0) -> list[str]:
    return [finding.what for finding in findings(health, dead, LIMITS, START)]


@pytest.mark.parametrize(
    ("changes", "dead", "what"),
    [
        ({}, 0, []),
        ({}, 3, ["dead letters"]),
        ({"oldest_delivery_at": START - timedelta(minutes=14), "waiting": {"support": 1}}, 0, []),
        ({"oldest_delivery_at": START - timedelta(minutes=16), "waiting": {"support": 1}}, 0, ["deliveries are late"]),
        ({"disk_free": 10**8}, 0, ["disk almost full"]),
        ({"disk_free": None}, 0, []),
        ({"last_received": {"support": START - timedelta(hours=3)}}, 0, ["support is silent"]),
    ],
)
def test_the_watchdog_tells_what_is_wrong_and_nothing_else(
    changes: dict[str, object], dead: int, what: list[str]
) -> None:
    assert told(GOOD.model_copy(update=changes), dead) == what


def test_a_silence_is_no_trouble_unless_it_is_asked_for() -> None:
    quiet = GOOD.model_copy(update={"last_received": {"support": START - timedelta(days=9)}})
    assert not findings(quiet, 0, Watchdog(), START)


def test_late_deliveries_are_one_episode_until_the_oldest_is_gone() -> None:
    late = GOOD.model_copy(update={"oldest_delivery_at": START - timedelta(hours=1), "waiting": {"support": 2}})
    first = findings(late, 0, LIMITS, START)[0]
    later = findings(late, 0, LIMITS, START + timedelta(hours=1))[0]
    assert first.episode == later.episode
    assert "support: 2" in first.text


def test_an_alert_leaves_by_an_inbox_that_is_not_the_trouble() -> None:
    world = World()
    object.__setattr__(world.policy, "alerts", ("ops@acme.example",))
    object.__setattr__(world.policy, "email_inboxes", ("support", "sales"))
    alert = c.Alert(what="deliveries are late", episode="1", text="…", avoid=["support"])
    command = c.Command(command_id="k", actor="system", at=START, action=alert)
    changeset = decide_command(command, world.state, world.policy, START)
    sent = [o.outbound for o in changeset.operations if isinstance(o, QueueDelivery)]
    assert [(o.inbox, o.to[0].address, o.kind, o.ticket_id) for o in sent] == [
        ("sales", "ops@acme.example", "alert", None)
    ]


def mailbox(**changes: object) -> list[Finding]:
    state = MailboxState(inbox="support", owner="a", at=START).model_copy(update=changes)
    return findings(GOOD, 0, LIMITS, START, {"support": state})


def test_a_mailbox_that_is_read_is_nothing_to_tell() -> None:
    assert not mailbox(connected=True)


def test_a_mailbox_out_of_reach_is_told_when_it_lasts_and_at_once_when_waiting_will_not_help() -> None:
    short, long = START - timedelta(minutes=1), START - timedelta(minutes=6)
    assert not mailbox(failing_since=short, failures=9)
    assert not mailbox(failing_since=short, failures=1, certain=True)
    (told,) = mailbox(failing_since=short, failures=2, certain=True, problem="the server refuses to let us in")
    assert told.what == "mailbox of support is not read"
    assert "the server refuses to let us in" in told.text
    (late,) = mailbox(failing_since=long, failures=9)
    assert late.episode == long.isoformat()


def test_what_will_become_a_problem_is_told_while_mail_is_still_read() -> None:
    (told,) = mailbox(connected=True, warning="the refresh token ends in 2.0 days; sign in anew")
    assert "ends in 2.0 days" in told.text


def test_a_mailbox_without_a_reader_is_given_time_to_find_one() -> None:
    absent: dict[str, datetime] = {}
    later = START + timedelta(minutes=3)
    assert _patiently({"support": None}, absent, START) == {}
    assert _patiently({"support": None}, absent, later) == {"support": None}
    state = MailboxState(inbox="support", owner="a", at=START)
    assert _patiently({"support": state}, absent, later) == {"support": state}
    assert _patiently({"support": None}, absent, later) == {}


def test_a_mailbox_that_no_intake_reads_is_told() -> None:
    (told,) = findings(GOOD, 0, LIMITS, START, {"support": None})
    assert told.what == "mailbox of support is not read"
