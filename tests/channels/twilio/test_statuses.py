"""The table of status callbacks, and the token that says which delivery they are about."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.twilio.statuses import report
from shared.messages.reasons import reason_of
from shared.secrets import CallbackToken, Keyring, decode_callback, encode_callback

from .payloads import SID, inbox

NOW = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
KEYRING = Keyring("b", {"a": b"k" * 32, "b": b"l" * 32})
TOKEN = CallbackToken("0" * 31 + "a", 2, 1, 1, 3)


@pytest.mark.parametrize(
    ("status", "code", "state", "reason"),
    [
        ("accepted", "", "accepted", None),
        ("queued", "", "accepted", None),
        ("sending", "", "accepted", None),
        ("sent", "", "accepted", None),
        ("delivered", "", "delivered", None),
        ("read", "", "read", None),
        ("undelivered", "30003", "failed", "unreachable"),
        ("undelivered", "30004", "failed", "blocked"),
        ("undelivered", "30005", "failed", "invalid-recipient"),
        ("undelivered", "30006", "failed", "invalid-recipient"),
        ("undelivered", "30007", "failed", "filtered"),
        ("undelivered", "30008", "failed", "unreachable"),
        ("failed", "63016", "failed", "outside-window"),
        ("failed", "21610", "failed", "opted-out"),
        ("failed", "99999", "failed", None),
        ("failed", "not a number", "failed", None),
        ("failed", "", "failed", None),
    ],
)
def test_a_status_becomes_the_state_that_the_table_says(status: str, code: str, state: str, reason: str | None) -> None:
    form = {"MessageSid": SID, "MessageStatus": status, "ErrorCode": code}
    found = report(form, TOKEN, inbox(), NOW)
    assert found is not None
    assert (found.state, reason_of(found.error)) == (state, reason)
    assert (found.delivery_id, found.attempt, found.provider_id) == (TOKEN.delivery_id, 2, SID)
    assert found.via == "twilio (3 segments)"
    assert bool(found.error) == (state == "failed")


@pytest.mark.parametrize("status", ["received", "receiving", "", "partially_delivered", "DROP TABLE"])
def test_a_status_that_says_nothing_of_a_delivery_is_left_out(status: str) -> None:
    assert report({"MessageSid": SID, "MessageStatus": status}, TOKEN, inbox(), NOW) is None


def test_of_a_message_in_parts_the_last_says_that_it_has_arrived_and_any_that_it_has_not() -> None:
    first, last = CallbackToken(TOKEN.delivery_id, 1, 1, 2), CallbackToken(TOKEN.delivery_id, 1, 2, 2)
    assert report({"MessageStatus": "delivered"}, first, inbox(), NOW) is None
    assert report({"MessageStatus": "delivered"}, last, inbox(), NOW) is not None
    assert report({"MessageStatus": "failed"}, first, inbox(), NOW) is not None


def test_a_callbacks_token_is_read_again_with_an_older_key_too() -> None:
    old = encode_callback(Keyring("a", {"a": b"k" * 32}), TOKEN)
    assert decode_callback(KEYRING, old) == TOKEN == decode_callback(KEYRING, encode_callback(KEYRING, TOKEN))


@given(st.integers(0, 70), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_callbacks_token_with_another_character_in_it_is_none(place: int, char: str) -> None:
    token = encode_callback(KEYRING, TOKEN)
    place %= len(token)
    changed = token[:place] + char + token[place + 1 :]
    assert changed == token or decode_callback(KEYRING, changed) is None
