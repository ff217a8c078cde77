"""What a notifier remembers of the mails that a relay has taken over."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from services.notifier.reporting import Accepted
from services.notifier.sending import Permanent, Sent, Temporary, report_for

from .conftest import outbound

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def held(name: str, attempt: int) -> Any:
    return SimpleNamespace(outbound=outbound(name), attempt=attempt)


def test_a_later_attempt_is_reported_with_its_own_number_and_the_first_ones_name() -> None:
    memory = Accepted()
    memory.note(report_for(Sent("m@acme", "relay:25"), outbound("one"), 1, NOW))
    again = memory.again(held("one", 3), NOW)
    assert again is not None
    assert (again.state, again.attempt, again.provider_id, again.via) == ("accepted", 3, "m@acme", "relay:25")
    assert again.bus_id.endswith(":3:accepted")


def test_what_no_relay_has_taken_is_not_remembered() -> None:
    memory = Accepted()
    for outcome in (Temporary("later"), Temporary("lost", unsure=True), Permanent("never")):
        memory.note(report_for(outcome, outbound("one"), 1, NOW))
    assert memory.again(held("one", 2), NOW) is None


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    memory = Accepted(most=2)
    for name in ("one", "two", "three"):
        memory.note(report_for(Sent("m@acme", "relay"), outbound(name), 1, NOW))
    assert [memory.again(held(name, 2), NOW) is not None for name in ("one", "two", "three")] == [False, True, True]
