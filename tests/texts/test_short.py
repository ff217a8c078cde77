"""What people get on channels other than mail, in words."""

from datetime import UTC, datetime

import pytest

from shared.messages.outbound import Outbound, Postscript
from shared.messages.parts import Address, Channel
from shared.texts.short import short_words


def said(channel: Channel, **more: object) -> str:
    given: dict[str, object] = {
        "delivery_id": "d" * 32, "ticket_number": 1001, "channel": channel, "inbox": "one", "kind": "reply",
        "to": [Address(address="+48600100200")], "text": "It comes tomorrow.", "author": "Anna",
        "created_at": datetime(2026, 3, 2, tzinfo=UTC),
    }  # fmt: skip
    return short_words(Outbound.model_validate(given | more), "Acme", "en")


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "messenger"])
def test_where_no_author_is_shown_the_agents_name_stands_below(channel: Channel) -> None:
    assert said(channel, signed=True) == "It comes tomorrow.\n- Anna"


def test_where_the_author_is_shown_the_name_is_not_said_twice() -> None:
    assert said("chat", signed=True) == "It comes tomorrow."


def test_nothing_is_signed_that_no_person_wrote_or_that_says_nothing() -> None:
    assert said("sms") == "It comes tomorrow."
    assert said("sms", signed=True, author="") == "It comes tomorrow."
    assert said("sms", signed=True, text="") == ""


def test_the_name_stands_above_what_is_added() -> None:
    words = said("sms", signed=True, postscripts=[Postscript(template="nobody.here", variables={"when": "on Monday"})])
    assert words.startswith("It comes tomorrow.\n- Anna\n\n")
