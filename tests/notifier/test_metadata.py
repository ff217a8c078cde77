"""What leaves the house, octet by octet: pictures without what they tell, and an agent's answer without what is theirs."""

import email
import email.policy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from services.notifier.email.compose import compose, letterhead
from services.notifier.email.wording import Signature, word
from services.notifier.metadata import cleaning
from services.notifier.sending import Attempt, Outcome, Sent, Trouble, Unreachable
from services.notifier.twilio.compose import House as Inbox
from services.notifier.twilio.compose import freeform
from services.router.cleaning import with_clean_pictures
from shared.bus.blobs import Blobs, key_of
from shared.messages.agents import Say
from shared.messages.command import Command, Note, Reply
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Attachment
from shared.pictures import cleaned
from shared.secrets import decode_file
from shared.settings.inbox import TwilioInbox
from tests.shared.test_pictures import SECRET, TELLING

from .conftest import KEYRING, House, outbound, until

PHOTO = TELLING["jpeg, turned"]
CREATED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HEAD = letterhead("Acme", "support@acme.example", "reply.acme.example", KEYRING)


def attachment(content: bytes, name: str = "proof.jpg", kind: str = "image/jpeg") -> Attachment:
    key = key_of(content)
    return Attachment(filename=name, media_type=kind, size=len(content), sha256=key, blob=key)


@dataclass
class Window:
    """A sender out of which one can look: it has sent what it was given."""

    concurrency: int = 3
    given: list[Outbound] = field(default_factory=list)

    async def start(self) -> None:
        """Nothing to prepare."""

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        self.given.append(outbound)
        return Sent("1", "here")

    async def probe(self) -> Trouble | None:
        return None

    async def close(self) -> None:
        """Nothing to leave."""


# -- pictures -----------------------------------------------------------------------------------------------------------------


async def test_every_sender_gets_pictures_that_tell_nothing_and_anything_else_as_it_is(house: House) -> None:
    blobs = Blobs(await house.connect("notifier"))
    contents = [PHOTO, cleaned(PHOTO), TELLING["png, texts"], b"%PDF " + SECRET, b""]
    given = [attachment(each) for each in contents]
    for each in contents:
        await blobs.put(each)
    gone = attachment(b"never stored")
    window = Window()
    sender = cleaning(window, blobs)
    assert sender.concurrency == window.concurrency
    for _ in range(2):  # after a crash it is the same message
        await sender.send(outbound(attachments=[*given, gone, Attachment(filename="only in the original")]), Attempt(1))
    first, again = (each.attachments for each in window.given)
    assert first == again
    assert [await blobs.get(str(each.blob)) for each in first[:5]] == [cleaned(each) for each in contents]
    assert [each.sha256 for each in first[:5]] == [key_of(cleaned(each)) for each in contents]
    assert [each.size for each in first[:5]] == [len(cleaned(each)) for each in contents]
    assert [each.filename for each in first[:5]] == ["proof.jpg"] * 5
    assert first[5] == gone
    assert first[3] == given[3]


async def test_while_the_bus_is_away_nothing_is_sent_uncleaned(house: House) -> None:
    nc = await house.connect("notifier")
    window = Window()
    sender = cleaning(window, Blobs(nc))
    await nc.close()
    outcome = await sender.send(outbound(attachments=[attachment(PHOTO)]), Attempt(1))
    assert isinstance(outcome, Unreachable)
    assert window.given == []


async def test_a_photo_in_a_mail_is_on_the_wire_without_its_place(house: House, tmp_path: Path) -> None:
    await house.blobs.put(PHOTO)
    await house.notifier({"support": []})
    await house.store.queue(outbound(attachments=[attachment(PHOTO)]))
    await until(lambda: bool(house.store.reports))
    (written,) = (each for each in (tmp_path / "maildir").rglob("*") if each.is_file())
    message = email.message_from_bytes(written.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    (part,) = message.iter_attachments()
    assert part.get_content() == cleaned(PHOTO)
    assert SECRET not in part.get_content()


async def test_what_an_agent_sends_is_kept_as_it_is_sent(house: House) -> None:
    """Deciding gets clean pictures, so that chats and pages show the customer the clean ones, too; an agent's own note keeps its own."""
    blobs = Blobs(await house.connect("router"))
    await house.blobs.put(PHOTO)

    async def decided(action: Any) -> Any:
        command = Command(command_id="k", actor="agent:a", at=CREATED, action=action)
        return (await with_clean_pictures(command, blobs)).action

    files = [attachment(PHOTO)]
    for action in (Reply(number=1001, text="x", attachments=files), Say(number=1001, text="x", attachments=files)):
        (file,) = (await decided(action)).attachments
        assert file == attachment(cleaned(PHOTO))
        assert await blobs.get(str(file.blob)) == cleaned(PHOTO)
    note = Say(number=1001, text="x", internal=True, attachments=[attachment(PHOTO)])
    assert await decided(note) is note
    evidence = Note(number=1001, text="x", attachments=[attachment(PHOTO)])
    assert await decided(evidence) is evidence
    plain = Note(number=1001, text="x")
    assert await decided(plain) is plain


def test_a_link_that_a_provider_fetches_is_to_what_the_sender_was_given() -> None:
    inbox = TwilioInbox.model_validate({"name": "wa", "channel": "whatsapp", "number": "whatsapp:+15005550007"})
    house = Inbox(inbox, "Acme", "https://acme.example", KEYRING)
    clean = attachment(cleaned(PHOTO))
    (part,) = freeform(outbound(channel="whatsapp", inbox="wa", attachments=[clean]), "whatsapp:+48600100200", house)
    link = decode_file(KEYRING, part.media[0].rpartition("/")[2])
    assert link is not None
    assert (link.key, link.size) == (clean.blob, clean.size)


# -- words --------------------------------------------------------------------------------------------------------------------


SIGNED = Signature({"en": "The team of {company}"}, {"en": "<p>The <b>team</b></p>"})


def composed(**fields: Any) -> tuple[bytes, EmailMessage]:
    message = outbound(created_at=CREATED, **fields)
    mail = compose(message, HEAD, word(message, "Acme", "en", SIGNED))
    read = email.message_from_bytes(mail.content.replace(b"\r\n", b"\n"), policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return mail.content, read


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return str(part.get_content()) if part else ""


@pytest.mark.parametrize(
    ("signature", "below"),
    [
        ("", "The team of Acme"),
        ("  \n ", "The team of Acme"),
        ("Ania\n{agent}, {company}", "Ania\nAnia, Acme"),
        ("Ania\r\nBcc: x@y.example\x00\x1b[2J", "Ania\nBcc: x@y.example [2J"),
        ("-- \nAnia\n--", "Ania"),
        ("\n".join(str(each) for each in range(100)), "\n".join(str(each) for each in range(12))),
    ],
)
def test_an_agents_own_signature_stands_below_instead_of_the_inboxs(signature: str, below: str) -> None:
    _, message = composed(signature=signature, author="Ania")
    assert plain(message).replace("\r", "").split("\n-- \n")[1].startswith(f"{below}\nAcme")
    assert message["Bcc"] is None
    assert message["From"] == "Ania via Acme <support@acme.example>"


def test_an_agents_own_signature_is_words_in_a_page_too() -> None:
    _, message = composed(signature="Ania <b>\n{company}", html="<p>Hello</p>", author="Ania")
    part = message.get_body(("html",))
    assert part is not None
    assert "-- <br>Ania &lt;b&gt;<br>Acme<br>Acme · your request T-1001" in part.get_content()


def test_a_notification_to_an_agent_names_no_mail_of_the_customers() -> None:
    fields: dict[str, Any] = {"kind": "alert", "automatic": True, "agent_id": "a" * 32, "event": "replied", "text": ""}
    variables = {"text": "It fails.", "url": "https://desk.acme.example", "by": "-", "customer": "Ana"}
    content, message = composed(
        template="agent.replied", variables=variables, to=[Address(address="anna@acme.example")], **fields
    )
    assert message["In-Reply-To"] is None
    assert message["References"] is None
    assert "support@acme.example" in message["From"]
    assert message["Reply-To"].addresses[0].domain == "reply.acme.example"
    assert b"customer.example" not in content
