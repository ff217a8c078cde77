"""The chat's pure parts: who a session is, who a site says its visitor is, and when somebody is there."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.chat import files, identity, sessions
from services.intake.chat.frames import Malformed, read
from services.intake.chat.message import address_in, clean
from shared.messages.parts import Attachment
from shared.secrets import Keyring

KEYRING = Keyring("a", {"a": b"k" * 32})
BOTH = Keyring("b", {"a": b"k" * 32, "b": b"n" * 32})
OTHER = Keyring("a", {"a": b"x" * 32})
NOW = 1_780_000_000.0
SECRET = "a secret of the host site"


def test_a_sessions_token_is_good_for_its_inbox_until_it_is_old() -> None:
    session = sessions.begin()
    token = sessions.token(KEYRING, "web", session, NOW)
    assert sessions.read(KEYRING, "web", token, NOW) == session.id
    assert sessions.read(BOTH, "web", token, NOW) == session.id
    assert sessions.read(KEYRING, "web", token, NOW + 90 * sessions.DAY) == session.id
    assert sessions.read(KEYRING, "web", token, NOW + 92 * sessions.DAY) is None
    assert sessions.read(KEYRING, "shop", token, NOW) is None
    assert sessions.read(OTHER, "web", token, NOW) is None


@given(st.integers(0, 47), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_character_of_a_token_can_be_changed(at: int, character: str) -> None:
    session = sessions.Session("a" * 27)
    token = sessions.token(KEYRING, "web", session, NOW)
    changed = token[:at] + character + token[at + 1 :]
    assert (sessions.read(KEYRING, "web", changed, NOW) == session.id) == (changed == token)


def test_an_identified_session_is_the_same_after_a_change_of_keys_and_belongs_to_one_inbox() -> None:
    ana = sessions.of_address(KEYRING, "web", "ana@customer.example")
    assert len(ana.id) == 27
    assert sessions.of_address(BOTH, "web", "ana@customer.example") == ana
    others = (("shop", "ana@customer.example"), ("web", "ivo@customer.example"))
    assert all(sessions.of_address(KEYRING, *each).id != ana.id for each in others)


def test_an_identified_session_does_not_outlive_its_identity() -> None:
    ana = sessions.of_address(KEYRING, "web", "ana@customer.example")
    token = sessions.token(KEYRING, "web", ana, NOW)

    def resumed(vouched: str | None, named: str | None) -> sessions.Session:
        return sessions.resume(KEYRING, "web", token, vouched=vouched, named=named, now=NOW)

    assert resumed("ana@customer.example", "ana@customer.example") == ana
    assert resumed(None, "ana@customer.example") == ana
    assert resumed(None, None).id != ana.id
    assert resumed(None, "ivo@customer.example").id.startswith("a")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (identity.sign(SECRET, "Ana@Customer.example", int(NOW) + 60), ("ana@customer.example", True)),
        (identity.sign(SECRET, "ana@customer.example", int(NOW) - 1), ("ana@customer.example", False)),
        (identity.sign(SECRET, "ana@customer.example", int(NOW) + 3 * 86_400), ("ana@customer.example", False)),
        (identity.sign("another secret entirely", "ana@customer.example", int(NOW) + 60), None),
        (identity.sign(SECRET, "ana@customer.example", int(NOW) + 60).replace("ana", "eva"), None),
        ("", None),
        ("ana@customer.example 1 " + "0" * 64, None),
    ],
)
def test_who_a_site_says_its_visitor_is(text: str, found: tuple[str, bool] | None) -> None:
    read_now = identity.read(SECRET, text, NOW)
    assert (None if read_now is None else (read_now.address, read_now.certain)) == found


def test_without_a_secret_nobody_is_believed() -> None:
    assert identity.read("", identity.sign("", "ana@customer.example", int(NOW) + 60), NOW) is None


def test_a_files_name_is_good_for_its_inbox_and_its_time() -> None:
    file = Attachment(filename="grijač.jpg", media_type="image/jpeg", size=7, sha256="f" * 64, blob="f" * 64)
    token = files.token(KEYRING, "web", file, NOW)
    assert files.read(KEYRING, "web", token, NOW + files.LASTS) == file
    assert files.read(KEYRING, "web", token, NOW + files.LASTS + 1) is None
    assert files.read(KEYRING, "shop", token, NOW) is None
    assert files.read(OTHER, "web", token, NOW) is None


@given(st.text())
def test_reading_what_a_browser_says_ends_in_a_frame_or_a_typed_error(text: str) -> None:
    for said in (text, '{"t": "message", "id": "12345678", "text": ' + repr(text).replace("'", '"') + "}"):
        with contextlib.suppress(Malformed):
            read(said)


@pytest.mark.parametrize(
    ("given_address", "found"),
    [
        (" Ana@Customer.Example ", "ana@customer.example"),
        ("ana@customer", ""),
        ("ana@customer.example, eva@customer.example", ""),
        ("<ana@customer.example>", ""),
        ("ana @customer.example", ""),
    ],
)
def test_an_address_that_was_given(given_address: str, found: str) -> None:
    assert address_in(given_address) == found


def test_what_nobody_could_have_typed_is_left_out() -> None:
    assert clean(" a\r\nb\x00\u202ec\t ") == "a\nb" + "c"
