"""The pure parts: recipients, limits, addresses, and how a mail becomes a message."""

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given
from hypothesis import strategies as st

from services.intake import mail
from services.intake.errors import Refusal
from services.intake.limits import Gate, Rates, holder
from services.intake.mail import Envelope
from services.intake.recipients import Recipients
from services.intake.smtp.addresses import fit, usual
from shared.mail import Address, ParsedAttachment, ParsedMail, parse_mail
from shared.messages.inbound import Inbound
from shared.settings import EmailInbox

AT = datetime(2026, 1, 31, tzinfo=UTC)
ENVELOPE = Envelope("c0ffee", "192.0.2.7", "Ann@Customer.EXAMPLE", ("Support@ACME.example",), ("support", "sales"))


def inbox(name: str, address: str = "") -> EmailInbox:
    return EmailInbox(name=name, channel="email", address=address)


SUPPORT, SALES = inbox("support", "support@acme.example"), inbox("sales", "Sales@shop.example")
PLUS = inbox("vip", "support+vip@acme.example")
IDN = inbox("idn", "help@käse.example")


@pytest.mark.parametrize(
    ("inboxes", "reply_domain", "address", "expected"),
    [
        ([SUPPORT, SALES], "", "support@acme.example", "support"),
        ([SUPPORT, SALES], "", "SUPPORT@ACME.Example.", "support"),
        ([SUPPORT, SALES], "", "sales@shop.example", "sales"),
        ([SUPPORT, SALES], "", "sales@acme.example", None),
        ([SUPPORT, SALES], "", "support+order-7@acme.example", "support"),
        ([SUPPORT, PLUS], "", "support+vip@acme.example", "vip"),
        ([SUPPORT, PLUS], "", "support+vip+x@acme.example", "support"),
        ([SUPPORT, SALES], "", "reply+token@acme.example", "support"),
        ([SUPPORT, SALES], "", "Reply+TOKEN@Shop.Example", "sales"),
        ([SUPPORT, SALES], "", "reply+token@elsewhere.example", None),
        ([SUPPORT, SALES], "", "reply@acme.example", None),
        ([SUPPORT, SALES], "in.acme.example", "reply+token@in.acme.example", "support"),
        ([SUPPORT, SALES], "Shop.example", "reply+token@shop.example", "sales"),
        ([SUPPORT, SALES], "in.acme.example", "other@in.acme.example", None),
        ([SUPPORT, SALES], "", "postmaster", "support"),
        ([SUPPORT, SALES], "", "Postmaster@shop.example", "sales"),
        ([SUPPORT, SALES], "", "postmaster@elsewhere.example", None),
        ([SUPPORT, inbox("rest")], "", "anyone@elsewhere.example", "rest"),
        ([inbox("help")], "", "anyone@elsewhere.example", "help"),
        ([], "", "anyone@elsewhere.example", "support"),
        ([SUPPORT], "", "support", None),
        ([SUPPORT], "", "", None),
        ([IDN], "", "help@xn--kse-qla.example", "idn"),
        ([IDN], "", "help@KÄSE.example", "idn"),
        ([SUPPORT], "", "a@" + "ä" * 100 + ".example", None),
    ],
)
def test_an_address_belongs_to_the_inbox_that_has_it(
    inboxes: list[EmailInbox], reply_domain: str, address: str, expected: str | None
) -> None:
    assert Recipients(inboxes, reply_domain).inbox(address) == expected


def test_a_rate_is_refilled_evenly_and_a_quiet_peer_is_forgotten_first() -> None:
    now = [0.0]
    rates = Rates(60, lambda: now[0])
    assert [rates.take("a") for _ in range(61)] == [True] * 60 + [False]
    now[0] += 2
    assert [rates.take("a") for _ in range(3)] == [True, True, False]
    assert rates.take("b")


@pytest.mark.parametrize(
    ("peer", "exempt"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("192.0.2.7", False),
        ("fe80::1%eth0", False),
        ("", False),
    ],
)
def test_loopback_and_trusted_relays_are_exempt(peer: str, exempt: bool) -> None:
    networks = (ip_network("127.0.0.0/8"), ip_network("::1/128"), ip_network("10.0.0.0/8"))
    gate = Gate(sessions=9, sessions_per_peer=1, rate_per_minute=1, exempt=networks)
    assert gate.exempt(peer) is exempt


def test_limits_of_an_ipv6_peer_are_those_of_its_network() -> None:
    assert holder("2001:db8:1:2::7") == holder("2001:db8:1:2:ffff::8") != holder("2001:db8:1:3::7")
    gate = Gate(sessions=9, sessions_per_peer=1, rate_per_minute=9, exempt=())
    gate.enter("2001:db8:1:2::7")
    with pytest.raises(Refusal, match=r"^421 "):
        gate.enter("2001:db8:1:2::8")
    gate.leave("2001:db8:1:2::7")
    gate.enter("2001:db8:1:2::8")


ATOM = "abcXYZ019!#$%&'*+/=?^_`{|}~-"


@given(
    st.text(ATOM, min_size=1, max_size=70),
    st.text("abc.-09", min_size=1, max_size=40),
    st.sampled_from(["", " SIZE=9"]),
)
def test_the_quick_way_reads_addresses_as_the_library_does(local: str, domain: str, rest: str) -> None:
    library = SMTP.__new__(SMTP)
    for limit in (0, 64):
        library.local_part_limit = limit
        found = usual(f"<{local}@{domain}>{rest}", limit)
        if found is not None:
            address, remaining = library._getaddr(f"<{local}@{domain}>{rest}")
            assert (found[0], found[1].strip()) == (address, (remaining or "").strip())


@pytest.mark.parametrize(
    "arg", ["", "<>", "<a>", "a@b", '<"a b"@c>', "<a@b", "<a@b>x", "<.a@b>", "<a..b@c>", "<a@[::1]>"]
)
def test_the_quick_way_leaves_the_unusual_to_the_library(arg: str) -> None:
    assert usual(arg, 0) is None


@pytest.mark.parametrize("address", ["a\x00@b", "a\nb@c", "a@\udcff", "x" * 250 + "@b.example"])
def test_addresses_that_cannot_be_kept_are_unfit(address: str) -> None:
    assert not fit(address)


def built(parsed: ParsedMail, raw: bytes = b"raw") -> tuple[Inbound, list[mail.Blob]]:
    return mail.build(parsed, raw, mail.fingerprint(raw), ENVELOPE, AT)


def test_the_message_has_the_envelope_the_fields_and_the_routes() -> None:
    raw = (
        b"From: Ann <Ann@Customer.EXAMPLE>\r\nTo: Support@ACME.example\r\nCc: b@C.example\r\nMessage-ID: <x@y>\r\n"
        b"In-Reply-To: <p@q>\r\nReferences: <o@q> <p@q>\r\nSubject: Hi\r\nDate: Sat, 31 Jan 2026 10:00:00 +0100\r\n\r\nHello\r\n"
    )
    parsed = parse_mail(raw)
    message, blobs = built(parsed, raw)
    assert blobs == []
    assert (message.inbox, message.inboxes, message.correlation_id) == ("support", ["support", "sales"], "c0ffee")
    assert (message.envelope_from, message.recipients) == ("Ann@customer.example", ["Support@acme.example"])
    assert message.from_ is not None
    assert message.from_.address == "Ann@customer.example"
    assert [each.address for each in (*message.to, *message.cc)] == ["Support@acme.example", "b@c.example"]
    assert (message.in_reply_to, message.references) == (["p@q"], ["o@q", "p@q"])
    assert (message.source_id, message.date) == (parsed.source_id, parsed.date)
    assert message.bus_id == f"{parsed.source_id}:support"
    assert Inbound.decode(mail.encode(message, 1 << 20)) == message


@pytest.mark.parametrize(("size", "inline"), [(0, True), (16 * 1024, True), (16 * 1024 + 1, False)])
def test_an_original_travels_inside_up_to_16_kib_and_by_reference_above(size: int, inline: bool) -> None:
    raw = b"x" * size
    message, blobs = built(ParsedMail(), raw)
    assert message.original is not None
    assert (message.original.size, message.original.sha256) == (size, mail.fingerprint(raw))
    assert message.original.inline == (raw if inline else None)
    assert [blob.content for blob in blobs] == ([] if inline else [raw])


def attachment(content: bytes) -> ParsedAttachment:
    sha256 = mail.fingerprint(content)
    return ParsedAttachment(filename="f", media_type="a/b", size=len(content), sha256=sha256, content=content)


def test_attachments_beyond_the_hundredth_stay_in_the_original_with_a_defect() -> None:
    message, blobs = built(ParsedMail(attachments=[attachment(b"%d" % number) for number in range(103)]))
    assert len(blobs) == 100
    assert len(message.attachments) == 103
    assert [each.blob is None for each in message.attachments[99:]] == [False, True, True, True]
    assert message.defects == ["too-many-attachments"]


def test_the_same_attachment_twice_is_stored_once() -> None:
    message, blobs = built(ParsedMail(attachments=[attachment(b"logo"), attachment(b"logo")]))
    assert len(blobs) == 1
    assert {each.blob for each in message.attachments} == {blobs[0].key}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": "short", "html": "<p>" + "x" * 500_000}, ["html-dropped"]),
        ({"text": "\x01" * 200_000, "reply_text": "\x01" * 200_000}, ["html-dropped", "text-truncated"]),
        (
            {"text": "x", "to": [Address(name="n" * 900, address="a@b.example")] * 500},
            ["html-dropped", "text-truncated", "lists-truncated"],
        ),
        (
            {"subject": "s" * 9_000, "cc": [Address(name="n" * 9_000, address="a@b.example")] * 60},
            ["html-dropped", "text-truncated", "lists-truncated", "headers-dropped"],
        ),
    ],
)
def test_what_is_too_large_for_the_bus_is_cut_with_a_defect(fields: dict[str, object], expected: list[str]) -> None:
    message, _ = built(ParsedMail.model_validate(fields))
    limit = 400_000
    payload = mail.encode(message, limit)
    assert len(payload) <= limit
    assert Inbound.decode(payload).defects == expected


def test_half_a_surrogate_pair_is_replaced_rather_than_refused() -> None:
    message, _ = built(ParsedMail(subject="a\ud800b"))
    assert Inbound.decode(mail.encode(message, 1 << 20)).subject == "a?b"
