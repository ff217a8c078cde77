"""What a channel may claim in its messages, and what of it counts."""

from datetime import UTC, datetime

import pytest

from services.router.deciding.believing import believed
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Authentication, Channel, Point, SpamSign

CLAIMS = {
    "authentication": Authentication(dkim="pass", dkim_aligned=True, domain="acme.example", by="trunkline"),
    "imported": True,
    "silent": True,
    "unfinished": True,
    "direction": "out",
    "inboxes": ["front", "another"],
    "spam_signs": [SpamSign(by="us", header="X-Spam", spam=True)],
}


def message(channel: Channel, points: list[Point], address: str, **claims: object) -> Inbound:
    return Inbound(
        source_id="s",
        channel=channel,
        inbox="front",
        correlation_id="c",
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
        from_=Address(address=address),
        points=points,
        **{"inboxes": ["front"], **claims},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_authority_is_taken_from_what_a_channel_says(claim: str) -> None:
    honest = message("api", [], "ann@customer.example")
    assert believed(message("api", [], "ann@customer.example", **{claim: CLAIMS[claim]})) == honest


@pytest.mark.parametrize("claim", CLAIMS)
def test_our_own_intake_is_believed_about_mail(claim: str) -> None:
    mail = message("email", [], "ann@customer.example", **{claim: CLAIMS[claim]})
    assert believed(mail) is mail


WHATSAPP = Point(kind="whatsapp", value="+385911234567")
PHONE, MAIL = Point(kind="phone", value="+385911234567"), Point(kind="email", value="ceo@acme.example")
POINTS: list[tuple[Channel, str, list[Point], list[Point]]] = [
    ("sms", "+385911234567", [PHONE, MAIL], [PHONE]),
    ("whatsapp", "+385911234567", [WHATSAPP, PHONE, MAIL], [WHATSAPP, PHONE]),
    ("telegram", "77", [Point(kind="telegram", value="77"), PHONE, MAIL], [Point(kind="telegram", value="77"), PHONE]),
    ("messenger", "9", [Point(kind="messenger", value="9"), MAIL], [Point(kind="messenger", value="9")]),
    ("chat", "s1", [Point(kind="chat", value="s1"), MAIL], [Point(kind="chat", value="s1"), MAIL]),
    ("form", "CEO@acme.example", [MAIL, PHONE], [MAIL]),
    ("api", "someone", [Point(kind="api", value="@ann"), MAIL, PHONE], [Point(kind="api", value="@ann")]),
    ("api", "+385911234567", [PHONE, MAIL], [PHONE]),
]  # fmt: skip


@pytest.mark.parametrize(("channel", "address", "claimed", "counted"), POINTS)
def test_a_channel_vouches_for_its_own_kind_of_points(
    channel: Channel, address: str, claimed: list[Point], counted: list[Point]
) -> None:
    assert believed(message(channel, claimed, address)).points == counted
