"""Mails that are not the customer's: of a side conversation, and to agents. What they bear leads back to where they belong, and not to the
customer's thread."""

from email.message import EmailMessage

import pytest

from shared.mail import parse_mail
from shared.messages.outbound import side_delivery, side_part
from shared.secrets import decode_token, read_message_id, read_reply_address
from tests.notifier.conftest import KEYRING
from tests.notifier.test_compose import composed, read

SIDE = "0123456789abcdef" * 2
DELIVERY = side_delivery(SIDE, "c1")


def aside(**more: object) -> EmailMessage:
    fields: dict[str, object] = {"side": SIDE, "delivery_id": DELIVERY, "kind": "message", "subject": "Parcel 12"}
    return read(composed(**(fields | more)))


def test_a_mail_of_a_side_conversation_bears_its_own_token_everywhere() -> None:
    message = aside()
    address = message["Reply-To"].addresses[0].addr_spec
    text = message.get_content()
    tokens = [read_reply_address(KEYRING, address), decode_token(KEYRING, text.rpartition("ref:")[2].strip())]
    for token in tokens:
        assert token is not None
        assert (token.role, token.visibility, token.number, token.extra) == ("side", "internal", 1001, side_part(SIDE))
    assert len(address.partition("@")[0]) <= 64
    number, delivery = read_message_id(KEYRING, message["Message-ID"]) or (0, "")
    assert (number, delivery, side_part(delivery)) == (1001, DELIVERY, side_part(SIDE))


def test_the_token_in_the_text_is_found_again() -> None:
    mail = composed(side=SIDE, delivery_id=DELIVERY, kind="message")
    found = parse_mail(mail.content).body_tokens
    assert [decode_token(KEYRING, each).extra for each in found if decode_token(KEYRING, each)] == [side_part(SIDE)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "our reference T-1001"), ("pl", "nasz numer T-1001"), ("hr", "naša oznaka T-1001")]
)
def test_its_footer_speaks_of_no_request_of_theirs(language: str, words: str) -> None:
    assert words in aside(language=language).get_content()


def test_what_answers_a_mail_to_an_agent_is_no_customers_word() -> None:
    message = read(composed(kind="alert", automatic=True, text="look"))
    token = read_reply_address(KEYRING, message["Reply-To"].addresses[0].addr_spec)
    assert token is not None
    assert (token.role, token.visibility) == ("agent", "internal")
    number, delivery = read_message_id(KEYRING, message["Message-ID"]) or (1, "")
    assert number == 0
    assert delivery
