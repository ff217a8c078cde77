"""The TwiML that a caller hears. Pure. https://www.twilio.com/docs/voice/twiml, …/gather, …/record.

Greeting; then keys (not for callers whose number is withheld: nobody could be told anything); then the tone. Everything that Twilio asks
for afterwards brings language and caller along in its address, which Twilio signs with the rest.
"""

from typing import Any, Final

from services.intake.voice.messages import TURNS
from services.intake.voice.reading import Call
from shared.messages.calls import ToldAnswer
from shared.speaking import Speaker, document
from shared.texts import customer_status, text
from shared.texts.voice import spoken_number, spoken_time

MOST_DIGITS: Final = 9
LONGEST: Final = 300
"""Seconds of a voicemail."""
SILENCE: Final = 5
"""Seconds of silence that end it, and that are waited for a key."""


def greeting(speaker: Speaker, call: Call, language: str, *, keys: bool = True) -> str:
    """The first thing to be heard. ``keys``: whether tickets can be asked for now."""
    said = document()
    speaker.say(said, language, "voice.welcome")
    if keys and call.number:
        speaker.say(_keys(said, speaker, call, language, 1), language, "voice.menu")
    _record(said, speaker, call, language)
    return str(said)


def stands(speaker: Speaker, call: Call, language: str, digits: str, turn: int, answer: ToldAnswer | None) -> str:
    """How a ticket stands, and how to go on. ``answer`` None: nobody knows now."""
    said = document()
    spoken = speaker.language(language)
    if answer is None:
        speaker.say(said, language, "voice.status.away")
    elif answer.status is None:
        if digits == "1":
            speaker.say(said, language, "voice.status.latest")
        else:
            speaker.say(said, language, "voice.status.none", ticket=" ".join(digits))
    else:
        status = answer.status
        about: dict[str, object] = {
            "ticket": spoken_number(status.number),
            "state": customer_status(status.status, spoken),
            "who": status.who or text("status.team", spoken),
        }
        if status.until is None:
            speaker.say(said, language, "voice.status.plain", **about)
        else:
            speaker.say(said, language, "voice.status.due", **about, until=spoken_time(status.until, spoken))
    if turn < TURNS:
        speaker.say(_keys(said, speaker, call, language, turn + 1), language, "voice.again")
    _record(said, speaker, call, language)
    return str(said)


def thanks(speaker: Speaker, call: Call, language: str) -> str:
    """The end, after a message was left."""
    said = document()
    speaker.say(said, language, "voice.thanks" if call.number else "voice.thanks.withheld")
    said.hangup()
    return str(said)


def over() -> str:
    """Nothing more is said."""
    said = document()
    said.hangup()
    return str(said)


def _keys(said: Any, speaker: Speaker, call: Call, language: str, turn: int) -> Any:
    return said.gather(
        input="dtmf",
        action=speaker.at("keyed", call.query(language, n=turn)),
        method="POST",
        num_digits=MOST_DIGITS,
        finish_on_key="#",
        timeout=SILENCE,
    )


def _record(said: Any, speaker: Speaker, call: Call, language: str) -> None:
    """The tone, and what is heard when nobody says anything."""
    about = call.query(language)
    withheld = "" if call.number else ".withheld"
    speaker.say(said, language, f"voice.leave{withheld}")
    transcribing = {"transcribe": True, "transcribe_callback": speaker.at("transcribed", about)}
    said.record(
        action=speaker.at("left", about),
        method="POST",
        max_length=LONGEST,
        timeout=SILENCE,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=speaker.at("recorded", about),
        recording_status_callback_event="completed absent",
        # Of any other language Twilio would make up English words.
        **(transcribing if speaker.inbox.transcribe and language == "en" else {}),
    )
    speaker.say(said, language, f"voice.silent{withheld}")
    said.hangup()
