"""From what another system posted to the `Inbound` that travels. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from services.intake.api.schema import PostedMessage
from shared.identity import derive
from shared.mail.htmltext import html_to_text
from shared.mail.language import detect_language
from shared.mail.sanitise import sanitise
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Attachment, Point, Stored

SAID: Final = 1.0
"""How sure a language is that the other system states."""


def source_id(inbox: str, system: str, identity: str) -> str:
    """The name of a message: ``system`` is the token's name, ``identity`` the other system's own."""
    return f"api-{derive('api', inbox, system, identity)}"


def name_of(inbox: str, system: str, what: str) -> str:
    """An id of the other system as one of ours: without spaces, and apart from every other system's."""
    return f"api:{quote(inbox, safe='')}:{quote(system, safe='')}:{quote(what, safe='')}"


def build(
    posted: PostedMessage,
    *,
    inbox: str,
    system: str,
    identity: str,
    attachments: Sequence[Attachment],
    kept: Stored,
    peer: str,
    correlation_id: str,
    received_at: datetime,
) -> Inbound:
    """The message. HTML is sanitised as that of a mail is; where there is no text it is made from the HTML."""
    who = posted.sender
    point = (
        Point(kind="email", value=who.address.lower()) if who.address else Point(kind="phone", value=who.phone or "")
    )
    html = sanitise(posted.html) if posted.html else None
    written = posted.text if posted.text.strip() or not posted.html else html_to_text(posted.html)
    said = (posted.language.partition("-")[0], SAID) if posted.language else detect_language(written)
    return Inbound(
        source_id=source_id(inbox, system, identity),
        channel="api",
        inbox=inbox,
        inboxes=[inbox],
        received_at=received_at,
        correlation_id=correlation_id,
        peer=peer,
        recipients=[inbox],
        message_id=name_of(inbox, system, identity),
        in_reply_to=[name_of(inbox, system, posted.in_reply_to)] if posted.in_reply_to else [],
        from_=Address(name=who.name, address=who.address or who.phone or ""),
        points=[point],
        conversation=name_of(inbox, system, posted.conversation) if posted.conversation else None,
        subject=posted.subject,
        text=written,
        reply_text=written,
        html=html,
        language=said[0],
        language_confidence=said[1],
        attachments=list(attachments),
        original=kept,
    )
