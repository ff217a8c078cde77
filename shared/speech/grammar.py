"""The commands: by which words each is known, and what stands behind it. Their descriptions are texts of the catalogue."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from shared.texts.short import plain


class Takes(Enum):
    """What follows a command's word and, perhaps, a ticket's number."""

    NOTHING = "nothing"
    LINE = "line"
    """Something on the same line."""
    TEXT = "text"
    """Words of somebody: the rest of the line, and if that is empty the lines below, up to the next command."""


@dataclass(frozen=True, slots=True)
class Form:
    """A command. ``words`` are all it is known by, the first one is its name; ``needed``: it is nothing without what it takes.
    ``before`` is what stands in front of its text: whom it goes to, perhaps with the channel, or something that ends with a colon."""

    words: tuple[str, ...]
    takes: Takes = Takes.NOTHING
    needed: bool = True
    before: Literal["", "to", "channel and to", "colon"] = ""

    @property
    def name(self) -> str:
        """Its name, the same in every language."""
        return self.words[0]


_LINE, _TEXT = Takes.LINE, Takes.TEXT

COMMANDS: Final[tuple[Form, ...]] = (
    Form(("take", "mine", "weź", "biorę", "przejmij", "uzmi", "preuzmi")),
    Form(("assign", "przydziel", "przypisz", "dodijeli"), _LINE),
    Form(("team", "zespół", "tim"), _LINE),
    Form(("note", "notatka", "bilješka"), _TEXT),
    Form(
        ("solve", "solved", "resolve", "resolved", "rozwiąż", "rozwiązane", "riješi", "riješeno"), _TEXT, needed=False
    ),
    Form(("close", "closed", "zamknij", "zatvori")),
    Form(("reopen", "open", "otwórz", "wznów", "otvori")),
    Form(("snooze", "odłóż", "odgodi"), _LINE),
    Form(("priority", "prio", "priorytet", "prioritet"), _LINE),
    Form(("category", "kategoria", "kategorija"), _LINE),
    Form(("tag", "tags", "etykieta", "oznaka"), _LINE),
    Form(("spam",), _LINE, needed=False),
    Form(("merge", "scal", "połącz", "spoji"), _LINE),
    Form(("split", "wydziel", "podziel", "odvoji", "razdvoji"), _LINE, needed=False),
    Form(("call", "dial", "zadzwoń", "nazovi")),
    Form(("forward", "fwd", "przekaż", "proslijedi"), _TEXT, before="to"),
    Form(("side", "ask", "zapytaj", "pitaj"), _TEXT, before="channel and to"),
    Form(("action", "akcja", "działanie", "radnja"), _TEXT, before="colon"),
    Form(("promise", "obiecaj", "obietnica", "obećaj", "obećanje"), _TEXT),
    Form(("macro", "makro"), _LINE),
    Form(("status", "stan", "stanje"), needed=False),
    Form(("help", "commands", "pomoc", "pomoć"), _LINE, needed=False),
    Form(("send", "wyślij", "pošalji"), _LINE),
    Form(("cancel", "anuluj", "odustani"), _LINE),
)


def folded(word: str) -> str:
    """A word as commands are compared: whatever its case, with or without marks on its letters."""
    return plain(word).casefold()


BY_WORD: Final[dict[str, Form]] = {folded(word): form for form in COMMANDS for word in form.words}
BY_NAME: Final[dict[str, Form]] = {form.name: form for form in COMMANDS}
