"""Composed mails, read back with the standard library's parser and with our own."""

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.email import headers
from services.notifier.email.addresses import domain_to_ascii, wire_address
from services.notifier.email.compose import Letterhead, Mail, Uncomposable, compose, letterhead
from services.notifier.email.mime import File
from services.notifier.email.wording import word
from shared.mail import parse_mail
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.secrets import decode_token, read_message_id, read_reply_address

from .conftest import KEYRING, outbound

CREATED = datetime(2026, 1, 31, 10, 0, 5, tzinfo=UTC)
HEAD = letterhead("Acme", "support@acme.example", "reply.acme.example", KEYRING)
KNOWN = {
    "from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "x-trunkline-loop",
    "auto-submitted", "precedence", "x-auto-response-suppress", "mime-version", "content-type", "content-transfer-encoding",
}  # fmt: skip


def composed(head: Letterhead = HEAD, files: tuple[File, ...] = (), **fields: Any) -> Mail:
    message = outbound(**{"created_at": CREATED, **fields})
    return compose(message, head, word(message, head.company, "en"), files)


def read(mail: Mail) -> EmailMessage:
    message = email.message_from_bytes(mail.content.replace(b"\r\n", b"\n"), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def acknowledgement(**fields: Any) -> Mail:
    values: dict[str, Any] = {
        "kind": "acknowledgement",
        "template": "acknowledgement",
        "variables": {"expected_seconds": 28_800},
        "automatic": True,
        "text": "",
    }
    return composed(**{**values, **fields})


def test_an_acknowledgement_is_threaded_tagged_signed_and_marked_as_automatic() -> None:
    mail = acknowledgement(in_reply_to="q@customer", references=["first@customer", "q@customer"])
    message = read(mail)
    assert message["Subject"] == "[T-1001] Printer"
    assert message["From"] == "Acme <support@acme.example>"
    assert message["To"] == "one@customer.example"
    assert message["In-Reply-To"] == "<q@customer>"
    assert message["References"].split() == ["<first@customer>", "<q@customer>"]
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Precedence"] == "bulk"
    assert message["X-Auto-Response-Suppress"] == "DR, RN, OOF, AutoReply"
    assert message["X-Trunkline-Loop"]
    assert message["Date"].datetime == CREATED
    assert read_message_id(KEYRING, message["Message-ID"]) == (1001, outbound().delivery_id)
    token = read_reply_address(KEYRING, message["Reply-To"].addresses[0].addr_spec)
    assert token is not None
    assert (token.number, token.role, token.visibility) == (1001, "customer", "public")
    assert mail.sender == message["Reply-To"].addresses[0].addr_spec
    body = message.get_content()
    assert "T-1001" in body
    assert "within 8 hours" in body
    assert "Printer" in body


def test_our_own_reader_finds_token_and_threading_and_knows_the_mail_for_ours() -> None:
    parsed = parse_mail(acknowledgement(in_reply_to="q@customer", language="pl", subject="Nie działa!").content)
    assert parsed.loop
    assert parsed.in_reply_to == ["q@customer"]
    assert parsed.subject == "[T-1001] Nie działa!"
    assert "Odpowiemy w ciągu 8 godzin." in parsed.text
    tokens = [decode_token(KEYRING, token) for token in parsed.body_tokens]
    assert [token.number for token in tokens if token] == [1001]
    assert parsed.defects == []


def test_the_same_delivery_always_gives_the_same_octets() -> None:
    file = File("a.bin", "application/octet-stream", b"\0" * 100)
    assert composed(files=(file,)) == composed(files=(file,))
    assert composed().message_id != composed(name="two").message_id


def test_an_agents_answer_names_agent_and_company_and_bears_no_marks_of_automatic_mail() -> None:
    message = read(composed(author="Anna Żak"))
    assert message["From"].addresses[0].display_name == "Anna Żak via Acme"
    assert message["Auto-Submitted"] is None
    assert message["Precedence"] is None
    assert message["X-Trunkline-Loop"] is None
    text = message.get_content()
    assert text.startswith("Hello one,\nit is repaired.\n")
    assert re.search(r"\n-- \nAcme .*T-1001.*\nref:[a-z2-7]{29}\n$", text)


def test_an_alert_belongs_to_no_ticket_and_has_neither_tag_nor_token() -> None:
    message = read(composed(kind="alert", ticket_id=None, ticket_number=0, automatic=True, text="disk low"))
    assert message["Subject"] == "Printer"
    assert message["Reply-To"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content() == "disk low\n"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Printer", "[T-1001] Printer"),
        ("Re: Printer", "[T-1001] Printer"),
        ("RE: Odp: [T-1001] Re[2]: Printer", "[T-1001] Printer"),
        ("[T-999] [T-1001] Printer", "[T-1001] Printer"),
        ("Regarding: Printer", "[T-1001] Regarding: Printer"),
        ("Fwd: Printer", "[T-1001] Fwd: Printer"),
        ("", "[T-1001]"),
        ("drukarka nie działa " * 10, "[T-1001] " + ("drukarka nie działa " * 10).strip()),
        ("Принтер не печатает и не сканирует с самого утра, помогите", None),
        ("🖨️ 打印机坏了 " * 12, "[T-1001] " + ("🖨️ 打印机坏了 " * 12).strip()),
        ("looks =?utf-8?q?encoded?=", None),
        ("x" * 500, "[T-1001] " + "x" * 500),
        ("two\r\nBcc: victim@x.example", "[T-1001] two Bcc: victim@x.example"),
    ],
)
def test_a_subject_has_the_tag_once_in_plain_ascii_and_reads_as_it_was_written(given: str, shown: str | None) -> None:
    mail = composed(subject=given)
    raw = mail.content.split(b"\r\n\r\n")[0]
    assert raw.count(b"[T-1001]") == 1
    assert re.search(rb"^Subject: \[T-1001\]", raw, re.MULTILINE)
    assert parse_mail(mail.content).subject == (shown or f"[T-1001] {given}")
    assert read(mail)["Subject"] == (shown or f"[T-1001] {given}")
    assert all(len(line) <= 78 for line in raw.split(b"\r\n") if b"=?" in line)


@pytest.mark.parametrize(
    "name",
    [
        "Anna",
        "Anna Żak",
        "Żak, Anna (sales) <x@y>",
        'a "quoted" \\ name',
        "=?utf-8?q?x?= or so",
        "boss@corp.example",
        "李" * 80,
    ],
)
def test_a_display_name_reads_as_it_was_written(name: str) -> None:
    mail = composed(to=[Address(name=name, address="a@x.example")])
    (box,) = parse_mail(mail.content).to
    assert (box.name, box.address) == (headers.clean(name, headers.MAX_PHRASE), "a@x.example")
    shown = read(mail)["To"].addresses[0]
    # The standard library leaves the blanks between two encoded words of a name, against RFC 2047 6.2.
    assert shown.display_name.replace(" ", "") == box.name.replace(" ", "")
    assert shown.addr_spec == "a@x.example"


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("a@x.example", "a@x.example"),
        ("A.b+c=d'e@X.Example", "A.b+c=d'e@x.example"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@żółw.pl", "a@xn--w-uga1v8h.pl"),
        ("żaba@x.example", "żaba@x.example"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ('"a b"@x.example', '"a b"@x.example'),
        ("a@localhost", "a@localhost"),
        ("", None),
        ("a", None),
        ("@x.example", None),
        ("a@", None),
        ("a@x..example", None),
        (".a@x.example", None),
        ("a b@x.example", None),
        ("a@x.example> SIZE=1", None),
        ("a@x.example\r\nRCPT TO:<b@x.example>", None),
        ("a\x00@x.example", None),
        (f"{'a' * 65}@x.example", None),
        (f"a@{'x' * 64}.example", None),
        ("a,b@x.example", None),
        ("<a@x.example>", None),
    ],
)
def test_an_address_is_one_for_the_wire_or_none(address: str, wire: str | None) -> None:
    assert wire_address(address) == wire


def test_who_gets_a_mail_stands_in_it_once_and_what_is_no_address_is_told() -> None:
    mail = composed(
        to=[Address(address="a@x.example"), Address(address="A@X.example"), Address(address="nobody")],
        cc=[Address(address="a@x.example"), Address(name="B", address="żaba@x.example")],
    )
    assert mail.primary == ("a@x.example",)
    assert mail.copies == ("żaba@x.example",)
    assert mail.smtputf8
    assert "'nobody'" in mail.note
    assert not composed().smtputf8


def test_nobody_to_write_to_is_an_error_that_says_so() -> None:
    with pytest.raises(Uncomposable, match="nobody"):
        composed(to=[Address(address="nobody")])


def test_an_inbox_beyond_ascii_gets_its_domain_in_a_labels() -> None:
    assert letterhead("Acme", "info@bücher.example", "bücher.example", KEYRING).domain == "xn--bcher-kva.example"
    assert domain_to_ascii("x y") is None
    with pytest.raises(Uncomposable):
        letterhead("Acme", "no address", "x.example", KEYRING)


def test_references_keep_the_first_and_the_newest_within_the_limit_of_a_line() -> None:
    known = [f"{each}.{'x' * 200}@customer.example" for each in range(60)]
    known[5:5] = ["bad id", "<>", "non-ascii-ł@x", "evil@x>\r\nBcc: a@b", "x" * 600]
    mail = composed(references=known, in_reply_to=known[-1])
    ids = read(mail)["References"].split()
    assert len(ids) == headers.MAX_REFERENCES
    assert ids[0] == f"<{known[0]}>"
    assert ids[-1] == f"<{known[-1]}>"
    assert parse_mail(mail.content).references == [each.strip("<>") for each in ids]
    assert max(map(len, mail.content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain", "7bit"),
        ("za długa i po polsku", "quoted-printable"),
        ("По-русски " * 30, "base64"),
        ("x" * 5000, "quoted-printable"),
        ("From here on\n.\n.dot\ntrailing \n", "quoted-printable"),
    ],
)
def test_a_text_arrives_as_it_was_written_whatever_it_is(text: str, encoding: str) -> None:
    mail = composed(kind="notice", ticket_number=0, text=text)
    message = read(mail)
    assert message["Content-Transfer-Encoding"] == encoding
    assert message.get_content().replace("\r\n", "\n") == text.rstrip("\n") + "\n"
    body = mail.content.split(b"\r\n\r\n", 1)[1]
    assert max(map(len, body.split(b"\r\n"))) <= 78
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert not re.search(rb"^(From |\.)", body, re.MULTILINE)


@pytest.mark.parametrize(
    ("filename", "read_as"),
    [
        ("report.pdf", "report.pdf"),
        ("zażółć gęślą jaźń i jeszcze dłuższa nazwa pliku z raportem.pdf", None),
        ('quote".pdf', None),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.txt", "a.txt"),
        ("a\r\nContent-Type: text/html.pdf", "html.pdf"),
        ("evil\r\nX: y.pdf", "evil X: y.pdf"),
        ("", "attachment"),
        ("報告書" * 60 + ".pdf", "報告書" * 43 + "報.pdf"),
        ("100%.pdf", None),
    ],
)
def test_an_attachments_name_survives_or_is_made_harmless(filename: str, read_as: str | None) -> None:
    mail = composed(files=(File(filename, "application/pdf", b"%PDF"),))
    (part,) = read(mail).iter_attachments()
    assert part.get_filename() == (read_as or filename)
    assert part.get_content() == b"%PDF"
    (ours,) = parse_mail(mail.content).attachments
    assert ours.filename == (read_as or filename)
    assert ours.content == b"%PDF"


def test_html_comes_as_an_alternative_with_its_images_and_the_token() -> None:
    image = File("logo.png", "image/png", b"\x89PNG", inline=True, content_id="logo@acme")
    mail = composed(html='<html><body><p>Cześć <img src="cid:logo@acme"></p></body></html>', files=(image,))
    message = read(mail)
    assert message.get_content_type() == "multipart/alternative"
    page = message.get_body(("html",))
    assert page is not None
    assert re.search(r"Cześć .*ref:[a-z2-7]{29}</p></body>", page.get_content(), re.DOTALL)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    assert "it is repaired" in parse_mail(mail.content).text


def test_a_composite_or_odd_media_type_becomes_plain_octets() -> None:
    for kind in ("message/rfc822", "multipart/mixed", "text/html\r\nX-Evil: yes", "nonsense"):
        (part,) = read(composed(files=(File("a.eml", kind, b"x"),))).iter_attachments()
        assert part.get_content_type() == "application/octet-stream"


@pytest.mark.parametrize("language", ["en", "pl", "hr", "xx"])
@pytest.mark.parametrize("template", ["acknowledgement", "notice.solved", "notice.reopened", "notice.closed"])
def test_every_template_has_its_text_in_every_language(template: str, language: str) -> None:
    mail = acknowledgement(
        template=template, language=language, variables={"expected_seconds": None, "closing_seconds": 604_800}
    )
    text = read(mail).get_content()
    assert "T-1001" in text
    assert "{" not in text


def test_a_customers_subject_with_braces_is_only_text() -> None:
    assert "{company.__class__}" in read(acknowledgement(subject="{company.__class__}")).get_content()


nasty = st.text(
    st.one_of(st.characters(), st.sampled_from(list('\r\n\0\t\x0b\x0c\x1b\x7f\x85\u2028\u2029 <>@,;:"\\=?()[]'))),
    max_size=120,
)


@settings(max_examples=300, deadline=None)
@given(nasty, nasty, nasty, nasty, nasty, nasty, nasty, nasty)
def test_no_value_can_become_a_header_of_its_own(
    subject: str, name: str, author: str, company: str, parent: str, known: str, filename: str, kind: str
) -> None:
    fields: dict[str, Any] = {
        "subject": subject,
        "to": [Address(name=name, address="a@x.example"), Address(address=name)],
        "cc": [Address(name=author, address="b@x.example"), Address(address=author + "@x.example")],
        "author": author,
        "in_reply_to": parent,
        "references": [known, parent, "good@x"],
        "language": kind,
        "text": name,
    }
    message = Outbound.model_construct(**{**outbound(created_at=CREATED).__dict__, **fields})
    files = (File(filename, kind, b"x", inline=True, content_id=known),)
    mail = compose(
        message, letterhead(company, "s@x.example", "x.example", KEYRING), word(message, company, "en"), files
    )
    head, _, _ = mail.content.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert all(len(line) <= 998 for line in lines)
    assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", head)
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert b"\r" not in head.replace(b"\r\n", b"")
    # Every line is a field we know, or goes on with one and is not empty.
    names = []
    for line in lines:
        if line.startswith(b" "):
            assert line.strip()
        else:
            names.append(line.split(b":")[0].decode().lower())
    assert set(names) <= KNOWN
    assert len(set(names)) == len(names)
    for address in (*mail.primary, *mail.copies, mail.sender):
        assert not re.search(r"[\s<>\x00-\x1f\x7f]", address)
    parts = list(email.message_from_bytes(mail.content).walk())
    assert len(parts) == 3
    assert {key.lower() for key in parts[2]} <= KNOWN | {"content-disposition", "content-id"}


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200))
def test_any_subject_reads_as_it_was_written(text: str) -> None:
    shown = headers.clean(text)
    field = headers.unstructured("Subject", text, "[T-1]")
    decoded = email.message_from_bytes(f"{field}\r\n".encode(), policy=email.policy.default)["Subject"]
    assert str(decoded) == f"[T-1] {shown}".strip()


@pytest.mark.parametrize("blank", ["\u1680", "\u00a0", "\u2003", "\u3000", "\u0085"])
def test_a_blank_of_another_script_makes_an_address_invalid(blank: str) -> None:
    assert wire_address(f"a{blank}b@x.example") is None
