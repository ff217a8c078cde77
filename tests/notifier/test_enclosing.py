"""What goes along in a mail, what is linked, who is named in it, and what stands below an answer."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.email.compose import Mail, compose, letterhead
from services.notifier.email.enclosing import Enclosing, enclose, encoded
from services.notifier.email.mime import File, build
from services.notifier.email.wording import Signature, word
from services.notifier.linking import shown_size
from shared.messages.parts import Address, Attachment
from shared.secrets import decode_file

from .conftest import KEYRING, outbound

CREATED = datetime(2026, 1, 31, 10, 0, 5, tzinfo=UTC)
HEAD = letterhead("Acme", "support@acme.example", "reply.acme.example", KEYRING)
HOW = Enclosing("https://desk.acme.example/help", KEYRING, limit=1_000_000, last=timedelta(days=30))
SIGNATURE = Signature(
    {"en": "Kind regards\n{agent}\n{company} & friends", "pl": "Pozdrawiam\n{agent}"},
    {"en": '<p>Yours, <b>{agent}</b> <img src="https://acme.example/logo.png" onerror="x()"></p>'},
)


def file(name: str, size: int, **fields: Any) -> Attachment:
    digest = f"{abs(hash(name)):064x}"[-64:]
    return Attachment(**{"filename": name, "size": size, "sha256": digest, "blob": digest, **fields})


def composed(**fields: Any) -> tuple[Mail, EmailMessage]:
    message = outbound(**{"created_at": CREATED, **fields})
    mail = compose(message, HEAD, word(message, "Acme", "en", SIGNATURE, enclose(message, HOW)))
    read = email.message_from_bytes(mail.content.replace(b"\r\n", b"\n"), policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return mail, read


def bodies(message: EmailMessage) -> tuple[str, str]:
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    return str(parts[0].get_content() if parts[0] else ""), str(parts[1].get_content() if parts[1] else "")


def test_who_is_in_bcc_is_in_the_envelope_alone() -> None:
    mail, message = composed(
        to=[Address(name="Ana", address="ana@x.example")],
        cc=[Address(address="boss@x.example")],
        bcc=[Address(name="Lead", address="lead@acme.example"), Address(address="ana@x.example")],
    )
    assert mail.primary == ("ana@x.example",)
    assert mail.copies == ("boss@x.example", "lead@acme.example")
    assert (message["To"], message["Cc"]) == ("Ana <ana@x.example>", "boss@x.example")
    assert b"lead" not in mail.content.lower()
    assert b"bcc" not in mail.content.lower()


def test_personal_mail_bears_nothing_of_a_list_and_is_from_our_own_domain() -> None:
    _, message = composed(author="Anna")
    assert message["From"] == "Anna via Acme <support@acme.example>"
    for name in ("Sender", "List-Id", "List-Unsubscribe", "Precedence", "Auto-Submitted"):
        assert message[name] is None


def test_a_domain_beyond_ascii_needs_no_smtputf8_and_a_local_part_does() -> None:
    plain, _ = composed(to=[Address(name="Żółw", address="zolw@Żółw.example")])
    assert plain.primary[0].endswith("@xn--w-uga1v8h.example")
    assert not plain.smtputf8
    assert plain.content.isascii()
    assert composed(bcc=[Address(address="żaba@x.example")])[0].smtputf8


def test_the_inboxs_signature_stands_in_the_customers_language_above_the_footer() -> None:
    text, _ = bodies(composed(author="Anna {company}")[1])
    assert "\n\n-- \nKind regards\nAnna {company}\nAcme & friends\nAcme · your request T-1001" in text
    assert text.count("-- \n") == 1
    polish, _ = bodies(composed(author="Anna", language="pl")[1])
    assert "-- \nPozdrawiam\nAnna\nAcme · Państwa zgłoszenie T-1001" in polish
    croatian, _ = bodies(composed(author="Anna", language="hr")[1])
    assert "Kind regards" in croatian  # there is none in Croatian: the company's first language


def test_html_has_its_own_signature_and_nobody_can_write_into_it() -> None:
    _, page = bodies(composed(html="<p>Hi</p>", author="<script>alert(1)</script>Eve")[1])
    assert (
        '<p>Yours, <b>&lt;script&gt;alert(1)&lt;/script&gt;Eve</b> <img src="https://acme.example/logo.png"></p>'
        in page
    )
    assert "onerror" not in page
    _, polish = bodies(composed(html="<p>Hi</p>", author="<b>Eve", language="pl")[1])
    assert "<div>-- <br>" in polish


def test_automatic_mail_and_alerts_bear_no_signature() -> None:
    text, _ = bodies(composed(kind="alert", ticket_number=0, text="The disk is full.")[1])
    assert text == "The disk is full.\n"


def test_html_without_a_text_gets_one_and_loses_what_could_harm() -> None:
    markup = '<style>p{}</style><p onclick=x>Hello<br>you</p><ul><li>one</ul><iframe src="x"></iframe><a href="javascript:x">a</a>'
    text, page = bodies(composed(text="", html=markup)[1])
    assert text.startswith("Hello\nyou\n")
    assert "one" in text
    for bad in ("onclick", "<style", "iframe", "javascript"):
        assert bad not in page


def test_a_written_text_is_not_replaced_by_the_htmls() -> None:
    text, page = bodies(composed(text="As text.", html="<p>As HTML.</p>")[1])
    assert text.startswith("As text.")
    assert "As HTML." in page


def test_what_does_not_fit_becomes_a_link_that_ends() -> None:
    files = [file("film ż.mp4", 900_000), file("a.txt", 10), file("b.pdf", 300_000)]
    message = outbound(created_at=CREATED, attachments=files)
    enclosed = enclose(message, HOW)
    assert [each.filename for each in enclosed.files] == ["a.txt", "b.pdf"]
    (link,) = enclosed.links
    assert enclosed.until == "2026-03-02"
    token = link.url.removeprefix("https://desk.acme.example/help/files/")
    found = decode_file(KEYRING, token)
    assert found is not None
    assert (found.key, found.size, found.filename) == (files[0].blob, 900_000, "film ż.mp4")
    assert found.expires == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert enclose(message, HOW) == enclosed
    for body in bodies(composed(attachments=files, html="<p>See below.</p>", language="pl")[1]):
        assert "film ż.mp4" in body
        assert "900,0 kB" in body
        assert link.url in body
        assert body.index(link.url) < body.index("-- ")


def test_a_smaller_limit_of_a_relay_counts() -> None:
    message = outbound(created_at=CREATED, attachments=[file("a", 300_000)])
    assert not enclose(message, HOW).links
    assert len(enclose(message, HOW, 200_000).links) == 1


def test_a_file_without_a_content_of_its_own_is_never_linked() -> None:
    message = outbound(created_at=CREATED, attachments=[file("a", 9_000_000, blob=None)])
    assert not enclose(message, HOW).links


@given(st.lists(st.integers(0, 400_000), max_size=6), st.text(max_size=300))
def test_a_mail_is_never_larger_than_its_inbox_may_send(sizes: list[int], text: str) -> None:
    attachments = [file(f"{place}.bin", size) for place, size in enumerate(sizes)]
    message = outbound(created_at=CREATED, attachments=attachments, text=text, html=f"<p>{text[:50]}</p>")
    enclosed = enclose(message, HOW)
    files = [File(each.filename, each.media_type, b"\xff" * each.size) for each in enclosed.files]
    mail = compose(message, HEAD, word(message, "Acme", "en", SIGNATURE, enclosed), files)
    assert len(mail.content) <= HOW.limit
    assert len(enclosed.files) + len(enclosed.links) == len(sizes)


@given(st.integers(0, 100_000))
def test_the_size_of_a_file_in_a_mail_is_foreseen(size: int) -> None:
    body = build("", None, [File("a" * 60, "application/pdf", b"x" * size)], "seed")
    assert len(body) <= encoded(size) + 600


@pytest.mark.parametrize(
    ("octets", "language", "shown"),
    [
        (0, "en", "0 B"),
        (999, "pl", "999 B"),
        (12_345_678, "en", "12.3 MB"),
        (12_345_678, "hr", "12,3 MB"),
        (3 * 10**9, "pl", "3,0 GB"),
    ],
)
def test_a_size_reads_as_people_write_it(octets: int, language: str, shown: str) -> None:
    assert shown_size(octets, language) == shown
