"""From a message of Twilio's to one on the bus: with its files where they can be had soon, else without: they follow.

Whether a webhook brought it or the list of messages, it becomes the same: `source_id` is made of account and sid.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from services.intake.accepting import Accepting, Receipt
from services.intake.errors import Away
from services.intake.twilio.media import LATER, Kept, MediaKeeper
from services.intake.twilio.pending import Note, Pending
from services.intake.twilio.reading import Media, Message, read
from shared import clock
from shared.bus.errors import BusError
from shared.identity import derive
from shared.mail.language import detect_language
from shared.messages.inbound import Inbound
from shared.messages.parts import Address
from shared.settings.inbox import TwilioInbox

SOON = 5.0
"""Seconds a message waits for its files: Twilio waits 15 for our answer, and a customer for the acknowledgement."""
PATIENT = 60.0
"""Seconds for files of a message that is safe already."""


def message_id(inbox: TwilioInbox, sid: str) -> str:
    """What a message is called on the bus: ``sms:<inbox>:<sid>``."""
    return f"{inbox.channel}:{inbox.name}:{sid}"


def inbound(message: Message, inbox: TwilioInbox, kept: Kept, received_at: datetime) -> Inbound:
    """The message as every channel gives it; ``original`` is for the caller to add. Pure."""
    cards = [line for line in kept.lines if line not in message.text]
    bare = not message.wrote.strip()
    text = "\n".join([*([] if bare and cards else [message.text]), *cards])
    language, confidence = detect_language(message.wrote)
    return Inbound(
        source_id=derive("twilio", message.account, message.sid),
        channel=message.channel,
        inbox=inbox.name,
        inboxes=[inbox.name],
        received_at=received_at,
        correlation_id=uuid4().hex,
        recipients=[message.recipient] if message.recipient else [],
        message_id=message_id(inbox, message.sid),
        in_reply_to=[message_id(inbox, message.replied)] if message.replied else [],
        from_=Address(name=message.name, address=message.peer),
        to=[Address(address=message.recipient)] if message.recipient else [],
        text=text,
        reply_text=text,
        language=language,
        language_confidence=confidence,
        attachments=kept.attachments,
        automatic=message.automatic,
        defects=kept.defects,
        points=list(message.points),
        conversation=f"{message.channel}:{inbox.name}:{message.peer}",
        pressed=message.pressed,
        fields=message.fields,
    )


def late(message: Message, inbox: TwilioInbox, kept: Kept, received_at: datetime) -> Inbound:
    """The files of a message that is stored already, as a message that answers it."""
    first = inbound(message, inbox, kept, received_at)
    signs = "\n".join([*kept.lines, *(f"📎 {each.filename}" for each in kept.attachments)])
    update: dict[str, Any] = {
        "source_id": derive("twilio", message.account, message.sid, "media"),
        "message_id": f"{message_id(inbox, message.sid)}:media",
        "in_reply_to": [message_id(inbox, message.sid)],
        "text": signs,
        "reply_text": signs,
        "language": None,
        "language_confidence": 0.0,
        "pressed": None,
        "fields": {},
    }
    return first.model_copy(update=update)


class Taking:
    """Takes messages for one inbox."""

    def __init__(self, inbox: TwilioInbox, accepting: Accepting, media: MediaKeeper, pending: Pending) -> None:
        self.inbox = inbox
        self._accepting, self._media, self._pending = accepting, media, pending

    async def take(self, form: Mapping[str, str], *, seconds: float = SOON, date: datetime | None = None) -> Receipt:
        """Keep the message; returns when the bus has it. Raises `Malformed` and `NotKept`."""
        message = read(form, self.inbox)
        channel, name = self.inbox.channel, self.inbox.name
        self._accepting.check(channel, name)
        now = clock.now()
        noted = await self._noted(message)
        kept = await self._media.keep([each for each in message.media if _file(each.url) not in noted], seconds)
        # What was noted to come later when this message was taken before does, even if it could be had by now: else it would come twice,
        # or, where that message is on the bus already, be in none.
        again = [each for each in message.media if _file(each.url) in noted]
        if again:
            kept.later += again
            kept.defects = list(dict.fromkeys([*kept.defects, LATER]))
        if kept.later:
            await self._remember(message.sid, only(form, kept.later), now)
        made = inbound(message, self.inbox, kept, now)
        made.date = date
        made.original = await self._accepting.original(channel, name, _payload(form))
        return await self._accepting.accept(made)

    async def _noted(self, message: Message) -> set[str]:
        """The files of the message that are noted to come later. Raises `Away`."""
        if not message.media:
            return set()
        try:
            notes = await self._pending.all()
        except BusError as error:
            self._accepting.refused(self.inbox.channel, self.inbox.name, "unavailable")
            raise Away from error
        forms = [note.form for note in notes if note.sid == message.sid]
        return {_file(value) for form in forms for key, value in form.items() if key.startswith("MediaUrl")}

    async def _remember(self, sid: str, form: Mapping[str, str], now: datetime) -> None:
        try:
            await self._pending.add(sid, form, now.timestamp())
        except BusError as error:
            self._accepting.refused(self.inbox.channel, self.inbox.name, "unavailable")
            raise Away from error

    async def take_late(self, note: Note) -> bool:
        """Try again to have the files of a message; whether that is over, because they are kept or gone. Raises `NotKept`, `Malformed`."""
        message = read(note.form, self.inbox)
        kept = await self._media.keep(message.media, PATIENT)
        if kept.later:
            return False
        kept.defects = [each for each in kept.defects if each != LATER]
        if kept.attachments:
            made = late(message, self.inbox, kept, clock.now())
            made.original = await self._accepting.original(self.inbox.channel, self.inbox.name, _payload(note.form))
            await self._accepting.accept(made)
        return True


def _file(url: str) -> str:
    """What a file is called at Twilio: the last word of its address, whichever host that names."""
    return url.rstrip("/").rpartition("/")[2]


def only(form: Mapping[str, str], media: Sequence[Media]) -> dict[str, str]:
    """The form with no other files than these."""
    wanted = {each.url for each in media}
    others = [
        key.removeprefix("MediaUrl")
        for key, value in form.items()
        if key.startswith("MediaUrl") and value not in wanted
    ]
    left_out = {f"{name}{number}" for number in others for name in ("MediaUrl", "MediaContentType")}
    return {key: value for key, value in form.items() if key not in left_out}


def _payload(form: Mapping[str, str]) -> bytes:
    return json.dumps(dict(form), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
