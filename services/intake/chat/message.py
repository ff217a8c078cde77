"""From what was written in a chat to the `Inbound` that travels, and from an `Outbound` or a history to what the browser shows. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.intake.chat import files
from services.intake.chat.frames import Edit, Say
from services.intake.chat.sessions import Session
from services.intake.form.message import spoken
from shared.bus.subjects import token as word
from shared.identity import derive
from shared.messages.chat import ChatSaid
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Attachment, Point, Stored
from shared.secrets import Keyring
from shared.texts.short import short_words

# Control characters, and marks of direction with which a text could look like another.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ADDRESS: Final = re.compile(r'[^\s@<>()\[\],;:\\"]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}')


def clean(text: str) -> str:
    """A text without what nobody could have typed."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def address_in(text: str) -> str:
    """The (lower-cased) mail address that somebody gave; empty for what is none."""
    text = text.strip().lower()
    return text if _ADDRESS.fullmatch(text) else ""


def source_id(inbox: str, session: str, identity: str) -> str:
    """The name of a message: the browser's own id within its session, so that one sent again is the same."""
    return f"chat-{derive('chat', inbox, session, identity)}"


def original(say: Say, session: Session, fields: dict[str, str]) -> bytes:
    """What was said, as JSON. ``email`` is where answers may go when nobody is there, ``verified`` if the host site vouched for it."""
    kept: dict[str, Any] = {"id": say.id, "text": say.text, "email": session.address or fields.get("email", "")}
    kept |= {"verified": session.address is not None, "fields": fields}
    if say.pressed is not None:
        kept["pressed"] = say.pressed
    return json.dumps(kept, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def fields_of(say: Say, session: Session, asked: frozenset[str]) -> dict[str, str]:
    """What was filled in: ``name``, ``email`` (given, thus not certain) and the inbox's own fields that are ``asked``."""
    given = {"name": clean(say.name)[:200], "email": "" if session.address else address_in(say.email)}
    own = {name: clean(value) for name, value in say.fields.items() if name in asked}
    return {name: value for name, value in (given | own).items() if value}


def build(
    say: Say,
    *,
    session: Session,
    inbox: str,
    fields: dict[str, str],
    attachments: list[Attachment],
    kept: Stored,
    language: str,
    peer: str,
    correlation_id: str,
    received_at: datetime,
    labels: Mapping[str, str] | None = None,
) -> Inbound:
    """The message. An address that was only given is a field; one that the host site vouches for is a point of the sender's. Answers to the
    inbox's own questions, under their ``labels``, stand below what was written."""
    text = clean(say.text)
    answers = "\n".join(f"{label}: {fields[name]}" for name, label in (labels or {}).items() if name in fields)
    code, confidence = spoken(text, language)
    points = [Point(kind="chat", value=session.id)]
    if session.address is not None:
        points.append(Point(kind="email", value=session.address))
    return Inbound(
        source_id=source_id(inbox, session.id, say.id),
        channel="chat",
        inbox=inbox,
        inboxes=[inbox],
        received_at=received_at,
        correlation_id=correlation_id,
        peer=peer,
        recipients=[inbox],
        message_id=f"{_prefix(inbox, session.id)}{say.id}",
        from_=Address(name=fields.get("name", ""), address=session.id),
        points=points,
        conversation=f"chat:{inbox}:{session.id}",
        text=f"{text}\n\n{answers}" if answers else text,
        reply_text=text,
        language=code,
        language_confidence=confidence,
        attachments=attachments,
        original=kept,
        pressed=say.pressed,
        fields=fields,
    )


def changing(built: Inbound, edit: Edit, session: str) -> Inbound:
    """A message as the change of one that the same session wrote before."""
    edits = f"{_prefix(built.inbox, session)}{edit.edits}"
    changes = {
        "edits": edits,
        "message_id": f"{edits}:edit:{edit.id}",
        "deleted": edit.deleted,
        "date": built.received_at,
    }
    return built.model_copy(update=changes)


def _prefix(inbox: str, session: str) -> str:
    return f"chat:{word(inbox)}:{session}:"


def shown_said(said: ChatSaid, keyring: Keyring, inbox: str, session: str, now: float) -> dict[str, Any]:
    """What the customer wrote, as the browser shows it; under the browser's own id."""
    return {
        "t": "message",
        "id": said.message_id.removeprefix(_prefix(inbox, session)),
        "from": "me",
        "text": said.text,
        "files": _files(said.attachments, keyring, inbox, now),
        "at": said.at.isoformat(),
        "edited": said.edited,
        "deleted": said.deleted,
    }


def shown_sent(outbound: Outbound, keyring: Keyring, company: str, default: str, now: float) -> dict[str, Any]:
    """What was sent to the customer, as the browser shows it: an agent's words, or a line of ours."""
    return {
        "t": "message",
        "id": outbound.delivery_id,
        "from": "agent" if outbound.kind in ("reply", "message") and not outbound.automatic else "system",
        "author": outbound.author,
        "text": short_words(outbound, company, default),
        "files": _files(outbound.attachments, keyring, outbound.inbox, now),
        "buttons": [{"label": each.label, "data": each.data} for each in outbound.buttons[:10]],
        "at": outbound.created_at.isoformat(),
    }


def _files(attachments: list[Attachment], keyring: Keyring, inbox: str, now: float) -> list[dict[str, Any]]:
    return [
        {
            "file": files.token(keyring, inbox, each, now),
            "name": each.filename,
            "size": each.size,
            "picture": each.media_type in files.SHOWN,
        }
        for each in attachments
        if each.blob is not None
    ]
