"""What takes calls for one inbox: from what Twilio tells to messages on the bus. Everything raises `NotKept` when the bus is away.

A recording that cannot be had yet is noted and follows its message; nothing waits for it longer than Twilio waits for us.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from services.intake.accepting import Accepting, Receipt
from services.intake.errors import Away
from services.intake.twilio.media import GONE, LATER, Kept, MediaKeeper
from services.intake.twilio.pending import Note, Pending
from services.intake.twilio.reading import Media
from services.intake.voice import messages
from services.intake.voice.reading import Call, Recording, read_call, read_recording, seconds_of
from shared import clock
from shared.bus.errors import BusError
from shared.messages.inbound import Inbound
from shared.settings.inbox import TwilioInbox
from shared.twilio import TROUBLES, Transport, client

log = structlog.get_logger(__name__)

SOON = 5.0
"""Seconds that a message waits for its recording."""
PATIENT = 60.0
NAME = "voicemail.mp3"
MOST_RECORDINGS = 20


class Unlisted(Exception):
    """Twilio does not say now what recordings a call has."""


class Calls:
    """One inbox's calls. ``language`` is the one that the caller was spoken to in."""

    def __init__(
        self, inbox: TwilioInbox, accepting: Accepting, media: MediaKeeper, pending: Pending, transport: Transport
    ) -> None:
        self.inbox, self.pending, self.transport = inbox, pending, transport
        self._accepting, self._media = accepting, media

    async def recorded(
        self, form: Mapping[str, str], call: Call, language: str, date: datetime | None = None
    ) -> Receipt | None:
        """A recording is ready; None where nothing is in it. Raises `Malformed` too."""
        recording = read_recording(form)
        if recording is None:
            return None
        self._accepting.check("voice", self.inbox.name)
        now = clock.now()
        kept = await self._media.keep([_media(recording)], SOON)
        if not kept.attachments:
            await self._remember(recording, call, form, language, now)
        return await self._accept(messages.voicemail(call, recording, kept, self.inbox, language, now), form, date)

    async def ended(
        self, form: Mapping[str, str], call: Call, language: str, date: datetime | None = None
    ) -> Receipt | None:
        """A call is over; None where a recording of it is on its way, which says more. Raises `Malformed` too."""
        self._accepting.check("voice", self.inbox.name)
        try:
            if await self.recordings(call.sid):
                return None
        except Unlisted as error:
            # One ticket comes of it whatever is told later; its first line may only say less.
            log.info("whether a caller left a message is not known", inbox=self.inbox.name, error=str(error))
        status, seconds = form.get("CallStatus", ""), seconds_of(form.get("CallDuration", "")) or 0
        made = messages.missed(call, self.inbox, status, seconds, language, clock.now())
        return await self._accept(made, form, date)

    async def transcribed(self, form: Mapping[str, str], call: Call, language: str) -> Receipt | None:
        """Twilio wrote down what was said; None where it could not. Raises `Malformed` too."""
        words = form.get("TranscriptionText", "").replace("\0", "").strip()
        if form.get("TranscriptionStatus") != "completed" or not words:
            return None
        recording = read_recording({**form, "RecordingStatus": "completed", "RecordingDuration": ""})
        if recording is None:
            return None
        made = messages.transcription(call, recording.sid, words, self.inbox, language, clock.now())
        return await self._accept(made, form)

    async def keyed(self, form: Mapping[str, str], call: Call, digits: str, turn: int, language: str) -> str:
        """Hand on what somebody asks; gives the cause of what will be decided."""
        made = messages.keyed(call, digits, turn, self.inbox, language, clock.now())
        await self._accept(made, form)
        return made.cause

    async def take_late(self, note: Note) -> bool:
        """Try again to have a recording; whether it could be had. Raises `Malformed` too."""
        recording, language = read_recording(note.form), note.form.get("l", "")
        if recording is None:
            return True
        call = read_call(note.form, note.form)
        kept = await self._media.keep([_media(recording)], PATIENT)
        if not kept.attachments and not _refused(kept):
            return False
        made = messages.late(call, recording, kept, self.inbox, language, clock.now())
        if kept.attachments:
            await self._accept(made, note.form)
        return True

    async def recordings(self, sid: str) -> list[dict[str, str]]:
        """The recordings of a call in which something is, or may be, as their callbacks would tell them. Raises `Unlisted`."""
        try:
            listed = await client(self.inbox, self.transport).recordings.list_async(call_sid=sid, limit=MOST_RECORDINGS)
        except TROUBLES as error:
            raise Unlisted(f"{type(error).__name__}: {error}") from error
        return [form for each in listed if (form := told(each, self.inbox)) is not None]

    async def _accept(self, made: Inbound, form: Mapping[str, str], date: datetime | None = None) -> Receipt:
        made.date = date
        payload = json.dumps(dict(form), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        made.original = await self._accepting.original("voice", self.inbox.name, payload)
        return await self._accepting.accept(made)

    async def _remember(
        self, recording: Recording, call: Call, form: Mapping[str, str], language: str, now: datetime
    ) -> None:
        noted = {**form, "l": language, "c": call.number or "", "s": call.shown}
        try:
            await self.pending.add(recording.sid, noted, now.timestamp())
        except BusError as error:
            self._accepting.refused("voice", self.inbox.name, "unavailable")
            raise Away from error


def _media(recording: Recording) -> Media:
    """As MP3, which every browser plays and which is a tenth of the size."""
    return Media(f"{recording.url}.mp3", "audio/mpeg", NAME)


def _refused(kept: Kept) -> bool:
    """Whether it will never be had. That it is not there is often only not there yet."""
    return not {LATER, GONE} & set(kept.defects)


def told(listed: Any, inbox: TwilioInbox) -> dict[str, str] | None:
    """A listed recording as its callback would tell of it; None for one with nothing in it."""
    status = str(getattr(listed.status, "value", listed.status) or "")
    # One that is being made has no length yet.
    if status == "absent" or (status == "completed" and str(listed.duration or "0") == "0"):
        return None
    return {
        "CallSid": str(listed.call_sid or ""),
        "AccountSid": listed.account_sid or inbox.account_sid,
        "RecordingSid": str(listed.sid),
        "RecordingUrl": inbox.api_url.rstrip("/") + str(listed.uri or "").removesuffix(".json"),
        "RecordingStatus": status,
        "RecordingDuration": str(listed.duration or ""),
    }
