"""From a form that was filled in to the `Inbound` that travels. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from services.intake.form.asking import OWN, Question
from shared.identity import derive
from shared.mail.language import detect_language
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Attachment, Point, Stored

SUBJECT_LENGTH: Final = 80
SURE: Final = 0.9
OF_THE_PAGE: Final = 0.8
"""How sure the language is that somebody reads the page in: enough to answer in it, not to remember it."""


def source_id(inbox: str, nonce: str, values: Mapping[str, str], keys: Sequence[str]) -> str:
    """The name of what was sent: the page it was sent from and all that was filled in, ``keys`` of the files included. The same page
    sent twice is one message; changed and sent again it is another."""
    content = json.dumps([sorted(values.items()), list(keys)], ensure_ascii=False)
    return f"form-{derive('form', inbox, nonce, content)}"


def original(values: Mapping[str, str]) -> bytes:
    """What was filled in, as JSON."""
    return json.dumps(dict(values), ensure_ascii=False, indent=1).encode("utf-8", "replace")


def build(
    *,
    inbox: str,
    source: str,
    asked: Sequence[Question],
    values: Mapping[str, str],
    attachments: list[Attachment],
    kept: Stored,
    language: str,
    peer: str,
    correlation_id: str,
    received_at: datetime,
) -> Inbound:
    """The message. Its ``text`` is what was written, and below it the answers to the inbox's own questions."""
    local, _, domain = values["email"].rpartition("@")
    address = f"{local}@{domain.lower()}"
    own = {each.name: each for each in asked if each.name.startswith(OWN) and values.get(each.name)}
    written = values["message"]
    answers = "\n".join(f"{question.label}: {values[name]}" for name, question in own.items())
    whole = f"{written}\n\n{answers}" if answers else written
    code, confidence = spoken(written, language)
    return Inbound(
        source_id=source,
        channel="form",
        inbox=inbox,
        inboxes=[inbox],
        received_at=received_at,
        correlation_id=correlation_id,
        peer=peer,
        recipients=[inbox],
        message_id=f"form:{derive('form inbox', inbox)[:8]}:{source}",
        from_=Address(name=values["name"], address=address),
        points=[Point(kind="email", value=address.lower())],
        subject=values.get("subject") or headline(written),
        text=whole,
        reply_text=whole,
        language=code,
        language_confidence=confidence,
        attachments=attachments,
        original=kept,
        fields={name.removeprefix(OWN): values[name] for name in own},
    )


def headline(written: str) -> str:
    """The first line of a text, cut between words: a subject where nobody wrote one."""
    line = next((line.strip() for line in written.splitlines() if line.strip()), "")
    if len(line) <= SUBJECT_LENGTH:
        return line
    return f"{line[:SUBJECT_LENGTH].rsplit(' ', 1)[0]}…"


def spoken(written: str, page: str) -> tuple[str, float]:
    """(language, confidence) of a text where that is certain, else that of the page it was written in."""
    code, confidence = detect_language(written)
    return (code, confidence) if code is not None and confidence >= SURE else (page, OF_THE_PAGE)
