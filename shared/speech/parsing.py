"""What an agent wrote, taken apart into commands and words. Total and linear: it never raises, whatever somebody wrote.

A command is a line that begins with ``#`` or ``/`` and, directly behind it, a word that `shared.speech.grammar` knows, in any case and
language. What takes text takes the rest of its line, and if that is empty the lines below it up to the next command. A line that a mail
program has broken (60 characters or more, and words directly below) goes on in the next one: the second half of a note must not reach
the customer.

A word with such a mark that nobody knows is a mistake at the beginning, and directly behind a command; further down it is a mistake
only if it is a known one with a slip in it (``#slove``), because ordinary words may begin so, too. With any mistake nothing is to be
done. Who means such a line as it stands doubles the mark: ``##solve``. What is no word (``/path/x``, ``#1001``, ``# heading``) is text.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from shared.speech.grammar import BY_WORD, Form, Takes, folded
from shared.speech.nearest import mistyped, nearest
from shared.speech.quoting import addressee, channel_and_addressee

LONGEST: Final = 100_000
"""Characters of a text that may have commands."""
MOST: Final = 50
"""Commands of one text, and mistakes."""
BROKEN_AT: Final = 60
"""A line of so many characters was probably broken by a mail program, which does it at 65 to 78 of them (RFC 3676, 4.2 says 78 at
most)."""

Why = Literal["unknown", "missing", "extra", "too_many", "too_long"]

# Marks as ``#`` or ``##``, a word that begins with a letter, perhaps a bot's name as Telegram adds it, perhaps a sign behind.
_MARKED = re.compile(
    r"(?P<lead>[\s\u200b\u2060\ufeff]*+)(?P<marks>#++|/++)(?P<word>[^\W\d_][\w\u0300-\u036f-]*+)(?:@\w++)?(?P<sign>[:.,;!?]*+)(?=\s|$)"
)
_NUMBER = re.compile(r"\s*\[?T-(\d{1,9})\]?(?=[\s:.,;]|$)[:.,;]*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command: its name, the ticket it names (null: the one that is talked about), what follows, in which line (from 1) it stands, and
    how it was written, up to what follows."""

    name: str
    number: int | None
    words: str
    line: int
    said: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """What cannot be understood: the word as it was written, with its mark, why, which known word is near, and what followed it."""

    line: int
    word: str
    why: Why
    near: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Speech:
    """What somebody wrote: commands in their order, and the words that belong to none; ``line`` is where those begin (0: there are
    none)."""

    commands: tuple[Spoken, ...] = ()
    text: str = ""
    mistakes: tuple[Mistake, ...] = ()
    line: int = 0


def parse(text: str) -> Speech:
    """Take apart what somebody wrote. A text over `LONGEST` characters, or with more than `MOST` commands or mistakes, is all text, with
    one mistake that says so. A text without commands and mistakes stays as it is, doubled marks apart."""
    if len(text) > LONGEST:
        return Speech(text=text, mistakes=(Mistake(1, "", "too_long"),), line=1)
    reading = _Reading()
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if reading.read(number, line) is not None:
            return Speech(text=text, mistakes=(Mistake(number, _shortened(line), "too_many"),), line=1)
    return reading.done()


def escape(text: str) -> str:
    """``text`` such that `parse` gives just it, and no command."""
    written: list[str] = []
    begun = False
    for line in text.splitlines(keepends=True):
        found = _MARKED.match(line)
        if found is not None and (not begun or _meant(found)):
            line = found["lead"] + found["marks"][0] + line[found.end("lead") :]
        written.append(line)
        begun = begun or bool(line.strip())
    return "".join(written)


def _meant(found: re.Match[str]) -> bool:
    """Whether that is a command, or was meant as one."""
    word = folded(found["word"])
    return word in BY_WORD or mistyped(word) is not None


@dataclass
class _Open:
    """A command that is being read."""

    form: Form
    line: int
    said: str
    number: int | None
    head: str
    below: list[str] = field(default_factory=list)
    takes_below: bool = False
    broken: bool = False


@dataclass
class _Reading:
    """What was read so far. ``behind``: nothing but commands since the beginning, or since the last command."""

    commands: list[Spoken] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    open: _Open | None = None
    behind: bool = True
    first: int = 0

    def read(self, number: int, line: str) -> Literal["too many"] | None:
        """One line more."""
        found = _MARKED.match(line)
        if found is None or (len(found["marks"]) == 1 and not self.behind and not _meant(found)):
            self._words(number, line)
        elif len(found["marks"]) > 1:
            escaped = self.behind or _meant(found)
            at = found.end("lead")
            self._words(number, line[:at] + line[at + 1 :] if escaped else line)
        else:
            self._marked(number, line, found)
        return "too many" if len(self.commands) + (self.open is not None) > MOST or len(self.mistakes) > MOST else None

    def done(self) -> Speech:
        """All of it."""
        self._close()
        words = "".join(self.text)
        if self.commands or self.mistakes:
            words = _trimmed(words)
        return Speech(tuple(self.commands), words, tuple(self.mistakes), self.first)

    def _words(self, number: int, line: str) -> None:
        if line.strip():
            self.behind = False
        if self.open is not None and self.open.broken:
            self.open.broken = _is_broken(line)
            if line.strip():
                self.open.below.append(line)
                return
        if self.open is not None and self.open.takes_below:
            self.open.below.append(line)
            return
        if line.strip():
            self.first = self.first or number
        self.text.append(line)

    def _marked(self, number: int, line: str, found: re.Match[str]) -> None:
        self._close()
        self.behind = True
        rest = line[found.end() :].strip()
        form = BY_WORD.get(folded(found["word"]))
        written = line[found.end("lead") : found.end()]
        if form is None:
            word = folded(found["word"])
            self.mistakes.append(Mistake(number, written, "unknown", mistyped(word) or _near(word), rest))
            return
        named = _NUMBER.match(rest)
        if named is not None and form.name == "merge" and not rest[named.end() :].strip():
            named = None  # the ticket that it becomes part of
        if named is not None:
            written, rest = f"{written} {rest[: named.end()]}".strip(), rest[named.end() :].strip()
        text = form.takes is Takes.TEXT
        below = text and not _has_text(form, rest)
        broken = text and not below and _is_broken(line)
        self.open = _Open(form, number, written, int(named[1]) if named else None, rest, [], below, broken)

    def _close(self) -> None:
        command, self.open = self.open, None
        if command is None:
            return
        form, name = command.form, command.form.name
        words = _trimmed("\n".join([command.head, "".join(command.below)]))
        if form.takes is Takes.NOTHING and words:
            self.mistakes.append(Mistake(command.line, command.said, "extra", name, words))
        elif form.needed and form.takes is not Takes.NOTHING and not words:
            self.mistakes.append(Mistake(command.line, command.said, "missing", name))
        else:
            self.commands.append(Spoken(name, command.number, words, command.line, command.said))


def _near(word: str) -> str | None:
    near = nearest(word, BY_WORD)
    return BY_WORD[near].name if near else None


def _has_text(form: Form, rest: str) -> bool:
    """Whether the line has more than what stands in front of the text."""
    match form.before:
        case "colon":
            rest = rest.partition(":")[2]
        case "to":
            rest = addressee(rest)[1]
        case "channel and to":
            rest = channel_and_addressee(rest)[2]
    return bool(rest.strip())


def _is_broken(line: str) -> bool:
    return len(line.rstrip()) >= BROKEN_AT


def _trimmed(words: str) -> str:
    """Without blank lines around it, and blanks at its end."""
    lines = words.splitlines(keepends=True)
    first = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    return "".join(lines[first:]).rstrip()


def _shortened(line: str) -> str:
    return line.strip()[:40]
