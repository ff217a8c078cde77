"""The link to the page of a ticket in what customers are sent: made by whoever sends it, for whom it goes to."""

from services.notifier.email.wording import word
from services.notifier.linking import with_page
from shared.messages.outbound import PAGE_LINK, Postscript
from shared.messages.parts import Address, Point
from shared.secrets import Keyring, read_status_token
from tests.notifier.test_postscripts import outbound

KEYRING = Keyring("a", {"a": b"k" * 32})
URL = "https://acme.example"
ANA = {
    "to": [Address(address="Ana@customer.example")],
    "kind": "acknowledgement",
    "template": "acknowledgement",
    "text": "",
}


def test_the_acknowledgement_has_a_link_that_opens_for_its_recipient_only() -> None:
    sent = with_page(outbound(Postscript(template=PAGE_LINK), **ANA), URL, KEYRING)
    words = word(sent, "Acme", "en").text
    (line,) = [line for line in words.splitlines() if line.startswith(URL)]
    token = read_status_token(KEYRING, line.removeprefix(f"{URL}/t/"))
    assert token is not None
    assert token.number == 1001
    assert token.is_for(KEYRING, Point(kind="email", value="ana@customer.example"))
    assert not token.is_for(KEYRING, Point(kind="email", value="bo@customer.example"))
    assert words.index("see how it stands") < words.index(line) < words.index("Kind regards")


def test_the_same_delivery_always_has_the_same_link() -> None:
    message = outbound(Postscript(template=PAGE_LINK), **ANA)
    assert with_page(message, URL, KEYRING) == with_page(message, URL, KEYRING)


def test_what_needs_no_link_is_left_as_it_is() -> None:
    message = outbound(**ANA)
    assert with_page(message, URL, KEYRING) is message
