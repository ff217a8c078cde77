"""A call that is under way: it fetches our TwiML, does what it says, and tells what happened
(https://www.twilio.com/docs/voice/twiml). Nothing waits for real: how long things take is only told."""

import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from services.simulators.keeping import Kept
from services.simulators.twilio.account import Line
from services.simulators.twilio.records import VERSION, Call, Heard, Recording, base, now

if TYPE_CHECKING:
    from services.simulators.twilio.simulator import TwilioSimulator

DOCUMENTS = 50  # fetched in one call: an endless <Redirect> ends as an error
HANGUP = "hangup"
MAX_DIGITS = 32


@dataclass
class Next:
    """Where the call goes on; None for the address: it ends."""

    url: str | None
    method: str = "POST"
    form: dict[str, str] = field(default_factory=dict)


class Calling:
    """One leg and the person on it."""

    def __init__(self, simulator: "TwilioSimulator", call: Call, line: Line, hangs_up_at: str = "") -> None:
        self._simulator, self._call, self._line = simulator, call, line
        self._digits = deque(line.digits)
        self._hangs_up_at = hangs_up_at
        self._url = ""

    async def run(self, url: str, method: str = "POST", twiml: str = "") -> None:
        """Follow documents until the call ends."""
        step = Next(url, method)
        text: str | None = twiml or None
        for _ in range(DOCUMENTS):
            if text is None:
                text = await self._fetch(step)
            following = await self._follow(text) if text is not None else None
            if following is None or following.url is None or self._call.status in ("completed", "canceled"):
                return
            step, text = following, None
        self._fail("11205: too many documents")

    async def _fetch(self, step: Next) -> str | None:
        """The document; None when we don't answer with one, and the caller hears an error."""
        assert step.url is not None
        self._url = urljoin(self._url, step.url)
        form = {**self.form(), **step.form}
        attempt = await self._simulator.fetch_signed("voice", self._url, form, step.method)
        if not attempt.is_accepted:
            self._fail(f"11200: {attempt.status or attempt.failure}")
            return None
        return attempt.body

    async def _follow(self, text: str) -> Next | None:
        """Raises nothing: a document that isn't TwiML ends the call with an error."""
        try:
            # Our own answer, at most 1 MB; expat bounds the expansion of entities.
            document = ET.fromstring(text)  # noqa: S314
        except ET.ParseError as error:
            self._fail(f"12100: {error}")
            return None
        if document.tag != "Response":
            self._fail(f"12200: <{document.tag}>")
            return None
        if self._call.status == "ringing":
            if len(document) and document[0].tag == "Reject":
                self._hear(document[0])
                self._call.status = "busy" if document[0].get("reason") == "busy" else "no-answer"
                return None
            self._call.status = "in-progress"
        for verb in document:
            following = await self._do(verb)
            if following is not None:
                return following
        return None

    async def _do(self, verb: ET.Element) -> Next | None:
        """None: on to the next verb."""
        self._hear(verb)
        if verb.tag == self._hangs_up_at and verb.tag != "Record":
            return Next(None)
        match verb.tag:
            case "Say" | "Play" | "Pause":
                return None
            case "Gather":
                return self._gather(verb)
            case "Record":
                return self._record(verb)
            case "Dial":
                return await self._dial(verb)
            case "Redirect":
                return Next((verb.text or "").strip() or self._url, verb.get("method", "POST"))
            case "Hangup" | "Reject":
                return Next(None)
            case other:
                self._fail(f"12200: <{other}> is not known")
                return Next(None)

    def _gather(self, verb: ET.Element) -> Next | None:
        """https://www.twilio.com/docs/voice/twiml/gather: without a key pressed it goes on to the next verb."""
        for nested in verb:
            self._hear(nested)
        keyed = self._digits.popleft() if self._digits else ""
        finish = verb.get("finishOnKey", "#")
        digits = keyed.partition(finish)[0] if finish else keyed
        digits = digits[: int(verb.get("numDigits", MAX_DIGITS))]
        if not keyed and verb.get("actionOnEmptyResult") != "true":
            return None
        form = {"Digits": digits, "FinishedOnKey": finish if finish and finish in keyed else ""}
        return Next(verb.get("action") or self._url, verb.get("method", "POST"), form)

    def _record(self, verb: ET.Element) -> Next | None:
        """https://www.twilio.com/docs/voice/twiml/record: silence leaves no recording and goes on to the next verb."""
        hung_up = self._hangs_up_at == "Record"
        if not self._line.recording:
            return Next(None) if hung_up else None
        recording = Recording(self._call.account, self._call.sid, self._line.seconds, self._line.transcript)
        self._simulator.keep_recording(recording, Kept(self._line.recording, "audio/x-wav"))
        address = f"{self._simulator.url}{base(self._call.account)}/Recordings/{recording.sid}"
        common = {"RecordingSid": recording.sid, "RecordingUrl": address}
        self._tell_recorded(verb, recording, common)
        done = {**common, "RecordingDuration": str(recording.seconds), "Digits": HANGUP if hung_up else "#"}
        step = Next(verb.get("action") or self._url, verb.get("method", "POST"), done)
        if hung_up:
            self._call.status = "completed"
            if verb.get("action"):
                # The action is asked all the same, and its answer isn't followed.
                self._send("record", urljoin(self._url, verb.get("action", "")), {**self.form(), **done})
            return Next(None)
        return step

    def _tell_recorded(self, verb: ET.Element, recording: Recording, common: Mapping[str, str]) -> None:
        account = {"AccountSid": recording.account, "CallSid": recording.call, **common}
        if verb.get("recordingStatusCallback"):
            form = {
                **account,
                "RecordingStatus": "completed",
                "RecordingDuration": str(recording.seconds),
                "RecordingChannels": "1",
                "RecordingSource": "RecordVerb",
            }
            self._send("recording", urljoin(self._url, verb.get("recordingStatusCallback", "")), form)
        transcribed = verb.get("transcribeCallback")
        if transcribed or verb.get("transcribe") == "true":
            form = {
                **self.form(),
                **account,
                "TranscriptionSid": recording.transcription,
                "TranscriptionStatus": "completed" if recording.transcript else "failed",
                "TranscriptionText": recording.transcript,
                "TranscriptionType": "fast",
                "TranscriptionUrl": f"{self._simulator.url}{base(recording.account)}/Transcriptions/{recording.transcription}",
            }
            if transcribed:
                self._send("transcription", urljoin(self._url, transcribed), form)

    async def _dial(self, verb: ET.Element) -> Next | None:
        """https://www.twilio.com/docs/voice/twiml/dial: numbers ring at once, and the first that answers has the call."""
        numbers = [(one.text or "").strip() for one in verb if one.tag == "Number"] or [(verb.text or "").strip()]
        caller = verb.get("callerId") or self._call.sender
        status, sid, seconds = "failed", "", 0
        for number in numbers:
            child = Call(self._call.account, caller, number, "outbound-dial", parent=self._call.sid)
            status, sid = self._simulator.rings_through(child), child.sid
            seconds = child.seconds
            if status == "completed":
                break
        if not verb.get("action"):
            return None
        form = {"DialCallStatus": status, "DialCallSid": sid, "DialCallDuration": str(seconds)}
        return Next(verb.get("action"), verb.get("method", "POST"), form)

    def form(self) -> dict[str, str]:
        """What each request about a call brings: https://www.twilio.com/docs/voice/twiml#request-parameters"""
        call = self._call
        return {
            "AccountSid": call.account,
            "ApiVersion": VERSION,
            "CallSid": call.sid,
            "CallStatus": call.status,
            "Called": call.recipient,
            "Caller": call.sender,
            "Direction": call.direction,
            "From": call.sender,
            "To": call.recipient,
        }

    def tell(self, event: str) -> None:
        """A status callback, if that event was asked for."""
        if self._call.callback and event in self._call.events:
            form = {**self.form(), "CallbackSource": "call-progress-events"}
            if event == "completed":
                form |= {"CallDuration": str(self._call.seconds), "Duration": str(-(-self._call.seconds // 60))}
            self._send(f"call:{self._call.status}", self._call.callback, form)

    def end(self, status: str = "completed") -> None:
        """The call is over, and that is told."""
        call = self._call
        if call.status not in ("busy", "no-answer", "failed", "canceled"):
            call.status = status
        call.seconds = self._line.seconds if call.status == "completed" else 0
        call.ended = now()
        self.tell("completed")
        call.is_over = True
        self._simulator.changed()

    def _send(self, label: str, url: str, form: Mapping[str, str]) -> None:
        self._simulator.send_signed(self._call.sid, label, url, form)

    def _hear(self, verb: ET.Element) -> None:
        self._call.heard.append(Heard(verb.tag, (verb.text or "").strip(), dict(verb.attrib)))

    def _fail(self, what: str) -> None:
        """What the caller would hear as an application error; it stands in the account's debugger at Twilio."""
        self._call.errors.append(what)
