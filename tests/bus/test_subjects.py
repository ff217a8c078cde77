"""Names on the bus: whatever a user calls an inbox, its subject stays one subject."""

import pytest

from shared.bus import subjects as s


@pytest.mark.parametrize(
    "name", ["support", "a b.c", "*", ">", "x.>", "zażółć", "a=20b", "-", "_", "a\r\nb", "\u0000", "🦊"]
)
def test_any_inbox_name_becomes_one_word_and_comes_back(name: str) -> None:
    subject = s.intake("email", name)
    assert len(subject.split(".")) == 3
    assert not set("*> \t\r\n") & set(subject)
    assert s.route(subject) == ("email", name)


def test_different_names_never_share_a_subject() -> None:
    names = ["a b", "a=20b", "a.b", "a=2Eb", "ab", "AB"]
    assert len({s.token(name) for name in names}) == len(names)


@pytest.mark.parametrize("channel", ["", "e.mail", "E", "a-b", "*", "é"])
def test_a_channel_is_a_plain_word(channel: str) -> None:
    with pytest.raises(ValueError, match="not a channel"):
        s.intake(channel, "x")


@pytest.mark.parametrize("name", ["", "x" * 200])
def test_empty_and_endless_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError):
        s.token(name)


def test_retry_and_dead_subjects_do_not_pile_up() -> None:
    subject = s.intake("email", "support")
    assert s.retry(s.retry(subject)) == "retry.intake.email.support"
    assert s.dead(s.retry(subject)) == "dead.intake.email.support"
    assert s.original(s.dead(subject)) == subject


def test_consumers_of_different_inboxes_have_different_names() -> None:
    assert s.notifier("email", "a-b").name == "notifier-email-a-b"
    assert s.notifier("email", "a.b").name != s.notifier("email", "a b").name
    assert s.notifier("email", "a.b").retries.filters == ("retry.outbound.email.a=2Eb",)


def test_an_event_keeps_its_dots_and_loses_its_wildcards() -> None:
    assert s.event("ticket.opened") == "event.ticket.opened"
    assert s.event("ticket.*") == "event.ticket.=2A"
