"""What Twilio tells of a call, in our terms. Pure.

https://www.twilio.com/docs/voice/twiml#request-parameters (every request about a call),
https://www.twilio.com/docs/voice/twiml/record#attributes-recording-status-callback (recordings). Callers who withhold their number:
https://help.twilio.com/articles/223179988.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from services.intake.twilio.reading import Malformed
from shared.messages.parts import Point
from shared.phones import to_e164

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_LETTERS = ("ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ")
_KEYS = {letter: str(key) for key, letters in enumerate(_LETTERS, 2) for letter in letters}
_WORDS = ("ANONYMOUS", "RESTRICTED", "BLOCKED", "UNKNOWN", "UNAVAILABLE", "PRIVATE")
WITHHELD = frozenset(
    {*(word.lower() for word in _WORDS), *("+" + "".join(_KEYS[letter] for letter in word) for word in _WORDS), ""}
)
"""What stands in From where there is no number: a word, or the keys of a telephone that spell it (``+266696687``)."""
FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
LONGEST = 24 * 3600
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Call:
    """A call to us. ``number`` (E.164) certainly belongs to the caller, None where it is withheld, no telephone's, or not believed;
    ``shown`` is then what stands in its place."""

    sid: str
    account: str
    number: str | None
    shown: str = ""

    @property
    def points(self) -> list[Point]:
        """What belongs to the caller."""
        return [Point(kind="phone", value=self.number)] if self.number else []

    def query(self, language: str, **more: object) -> str:
        """What later requests about the call bring along in their address: not all of them name the caller."""
        return urlencode({"l": language, "c": self.number or "", "s": self.shown, **more})


@dataclass(frozen=True, slots=True)
class Recording:
    """What a caller said: where it is, and for how many seconds."""

    sid: str
    url: str
    seconds: int


def read_call(form: Mapping[str, str], known: Mapping[str, str] | None = None) -> Call:
    """The call that a request is about. ``known`` are the parameters of its address, where it has some (`Call.query`). Raises
    `Malformed`."""
    sid, account = form.get("CallSid", ""), form.get("AccountSid", "")
    if not _SID.fullmatch(sid):
        raise Malformed(f"no CallSid: {sid[:40]!r}")
    if known is not None and "c" in known:
        return Call(sid, account, to_e164(known["c"]), known.get("s", "")[:_SHOWN])
    given = (form.get("From") or form.get("Caller") or "").strip()
    shown = "".join(each for each in given if each.isprintable())[:_SHOWN]
    if given.lower() in WITHHELD:
        return Call(sid, account, None)
    number = to_e164(given) if given.startswith("+") else None
    # Somebody else's number is easily pretended; where networks check it (STIR/SHAKEN), Twilio says what they found.
    if number is None or form.get("StirVerstat", "").startswith("TN-Validation-Failed"):
        return Call(sid, account, None, shown)
    return Call(sid, account, number)


def read_recording(form: Mapping[str, str]) -> Recording | None:
    """The recording that a callback tells of; None for one with nothing in it. Raises `Malformed`."""
    sid, url = form.get("RecordingSid", ""), form.get("RecordingUrl", "").strip()
    seconds = seconds_of(form.get("RecordingDuration", ""))
    if form.get("RecordingStatus", "completed") != "completed" or seconds == 0:
        return None
    if not _SID.fullmatch(sid) or not url:
        raise Malformed(f"no recording: {sid[:40]!r}")
    # What Twilio is known to do without: a recording whose length is not told is still one.
    return Recording(sid, url, seconds or 0)


def seconds_of(given: str) -> int | None:
    """A duration, None where none is told."""
    return min(int(given), LONGEST) if given.isascii() and given.isdigit() and len(given) < 10 else None
