"""The one grammar of what agents write, on every channel: lines that begin with ``#`` or ``/`` are commands, the rest is an answer.

Pure: it knows no ticket and no agent. What a command means is decided by the router (`services.router.deciding.speech`); what it does
and how it is written stands in the catalogue (`shared.texts.speech`).
"""

from shared.speech.grammar import COMMANDS, Form, Takes
from shared.speech.moments import moment_of
from shared.speech.nearest import nearest
from shared.speech.parsing import LONGEST, MOST, Mistake, Speech, Spoken, escape, parse
from shared.speech.quoting import addressee, channel_and_addressee, first_word, unquoted, words_of

__all__ = [
    "COMMANDS",
    "LONGEST",
    "MOST",
    "Form",
    "Mistake",
    "Speech",
    "Spoken",
    "Takes",
    "addressee",
    "channel_and_addressee",
    "escape",
    "first_word",
    "moment_of",
    "nearest",
    "parse",
    "unquoted",
    "words_of",
]
