"""Twilio's voices, and TwiML that speaks texts of the catalogue. Imported only where an inbox of channel ``voice`` is configured: the
library takes a while.

Voices: https://www.twilio.com/docs/voice/twiml/say/text-speech#available-voices-and-languages. Polish and British English are spoken by
Amazon Polly, Croatian, which Polly does not speak, by Google's. They are third parties' and may be withdrawn: ``voices`` of the inbox
names others.
"""

from dataclasses import dataclass
from typing import Any, Final

from twilio.twiml.voice_response import VoiceResponse

from shared.settings.inbox import TwilioInbox
from shared.texts import LANGUAGES, text

LOCALES: Final = {"en": "en-GB", "pl": "pl-PL", "hr": "hr-HR"}
VOICES: Final = {"en": "Polly.Amy", "pl": "Polly.Ewa", "hr": "Google.hr-HR-Chirp3-HD-Aoede"}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks for an inbox; ``default`` is the company's first language."""

    inbox: TwilioInbox
    company: str
    public_url: str
    default: str = "en"

    def language(self, wanted: str) -> str:
        """The language that is really spoken: the wanted one if there are texts in it, else the default, else English."""
        return next((each for each in (wanted, self.default) if each in LANGUAGES), LANGUAGES[0])

    def say(self, to: Any, language: str, key: str, **variables: object) -> None:
        """Add a text to a document, or to a verb of one. Raises what `shared.texts.text` raises."""
        spoken = self.language(language)
        voice = self.inbox.voices.get(spoken) or VOICES[spoken]
        words = text(key, spoken, default=self.default, company=self.company, **variables)
        to.say(words, language=LOCALES[spoken], voice=voice)

    def at(self, path: str, query: str = "") -> str:
        """A webhook of the inbox, as Twilio reaches it."""
        return f"{self.public_url}/hooks/twilio/{self.inbox.name}/{path}{'?' if query else ''}{query}"


def document() -> Any:
    """An empty document."""
    return VoiceResponse()
