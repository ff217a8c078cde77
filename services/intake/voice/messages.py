"""What comes of a call as messages on the bus. Pure.

All that one call brings has one ``conversation``, so it comes into one ticket in whatever order it arrives. Each has an id of its own: the
voicemail the call's, the others that with what they are behind it.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from services.intake.twilio.media import Kept
from services.intake.voice.languages import CERTAINTY
from services.intake.voice.reading import Call, Recording
from shared.identity import derive
from shared.mail.language import detect_language
from shared.messages.inbound import Inbound
from shared.messages.parts import Address
from shared.settings.inbox import TwilioInbox

VOICEMAIL, MISSED = "Voicemail", "Missed call"
TURNS = 3
"""How often somebody may key in a number during one call."""
_LONGEST = 20_000


def message_id(inbox: TwilioInbox, sid: str, what: str = "") -> str:
    """What a call, or something of it, is called on the bus: ``voice:<inbox>:<sid>:missed``."""
    return ":".join(filter(None, ["voice", inbox.name, sid, what]))


def ids(inbox: TwilioInbox, sid: str) -> list[str]:
    """Everything that may be stored of a call whose end needs no message any more."""
    kinds = ("", "missed", "transcription", *(f"keyed-{turn}" for turn in range(1, TURNS + 1)))
    return [message_id(inbox, sid, kind) for kind in kinds]


def voicemail(call: Call, recording: Recording, kept: Kept, inbox: TwilioInbox, language: str, at: datetime) -> Inbound:
    """The message that somebody left."""
    return _inbound(
        call,
        inbox,
        language,
        at,
        source_id=derive("twilio", call.account, recording.sid),
        subject=VOICEMAIL,
        text=_lines(call, f"🎤 {clock(recording.seconds)}"),
        attachments=kept.attachments,
        defects=kept.defects,
        fields={"seconds": str(recording.seconds)},
    )


def late(call: Call, recording: Recording, kept: Kept, inbox: TwilioInbox, language: str, at: datetime) -> Inbound:
    """The recording of a voicemail that is stored already."""
    return _inbound(
        call,
        inbox,
        language,
        at,
        "recording",
        source_id=derive("twilio", call.account, recording.sid, "media"),
        subject=VOICEMAIL,
        text="\n".join(f"📎 {each.filename}" for each in kept.attachments),
        attachments=kept.attachments,
        defects=kept.defects,
    )


def missed(call: Call, inbox: TwilioInbox, status: str, seconds: int, language: str, at: datetime) -> Inbound:
    """A call is over. The router makes a ticket of it unless the call has one."""
    return _inbound(
        call,
        inbox,
        language,
        at,
        "missed",
        source_id=derive("twilio", call.account, call.sid),
        subject=MISSED,
        text=_lines(call, f"☎ {clock(seconds)}"),
        fields={"call": "missed", "status": status, "seconds": str(seconds)},
    )


def transcription(call: Call, recording: str, words: str, inbox: TwilioInbox, language: str, at: datetime) -> Inbound:
    """What was said, as Twilio wrote it down."""
    detected, confidence = detect_language(words)
    made = _inbound(
        call,
        inbox,
        language,
        at,
        "transcription",
        source_id=derive("twilio", call.account, recording, "transcription"),
        subject=VOICEMAIL,
        text=words[:_LONGEST],
    )
    return made.model_copy(update={"language": detected, "language_confidence": confidence}) if detected else made


def keyed(call: Call, digits: str, turn: int, inbox: TwilioInbox, language: str, at: datetime) -> Inbound:
    """Somebody asks how a ticket stands: the one whose number they keyed in, or with a 1 their newest."""
    return _inbound(
        call,
        inbox,
        language,
        at,
        f"keyed-{turn}",
        source_id=derive("twilio", call.account, call.sid, f"keyed-{turn}"),
        text="STATUS" if digits == "1" else f"STATUS {digits}",
        fields={"keyed": digits},
    )


def clock(seconds: int) -> str:
    """A duration as players show it: ``1:05``."""
    return f"{seconds // 60}:{seconds % 60:02}"


def _lines(call: Call, line: str) -> str:
    return line if call.number or not call.shown else f"{line}\n{call.shown}"


def _inbound(
    call: Call, inbox: TwilioInbox, language: str, at: datetime, what: str = "", *, text: str, **values: Any
) -> Inbound:
    """A message of this call. A caller without a number is nobody: two of them have nothing in common."""
    own = message_id(inbox, call.sid)
    return Inbound(
        channel="voice",
        inbox=inbox.name,
        inboxes=[inbox.name],
        received_at=at,
        correlation_id=uuid4().hex,
        recipients=[inbox.number],
        message_id=message_id(inbox, call.sid, what),
        in_reply_to=[own] if what else [],
        from_=Address(address=call.number or ""),
        to=[Address(address=inbox.number)],
        text=text,
        reply_text=text,
        language=language,
        language_confidence=CERTAINTY,
        points=call.points,
        conversation=own,
        **values,
    )
