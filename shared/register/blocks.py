"""A ticket of the register as a block for paper: its heading, what is said in a few words, and what takes room. Pure.

Some forty columns fit on no page; a manager reads one ticket after the other, the short things side by side and the long ones below, and
what a ticket does not have is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.register.cells import Value, written
from shared.register.csvfile import CONTROL

SHORT = 60
"""Characters of what stands side by side with others."""


@dataclass
class Block:
    """``title`` is the ticket's number and subject; ``short`` and ``long`` have (heading, words)."""

    title: str
    short: list[tuple[str, str]] = field(default_factory=list)
    long: list[tuple[str, str]] = field(default_factory=list)


def block(columns: Sequence[str], headings: Sequence[str], row: Sequence[Value]) -> Block:
    """What a line of the register says, arranged."""
    said = {name: readable(written(value)) for name, value in zip(columns, row, strict=True)}
    made = Block("  ".join(" ".join(said[name].split()) for name in ("number", "subject") if said.get(name)))
    for name, heading in zip(columns, headings, strict=True):
        words = said[name]
        if not words or (name in ("number", "subject") and made.title):
            continue
        (made.short if len(words) <= SHORT and "\n" not in words else made.long).append((heading, words))
    return made


def readable(text: str) -> str:
    """Without what steers a printer or turns what follows around (Unicode's bidirectional overrides), its lines ended by one mark."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return CONTROL.sub("", text.replace("\t", "    ")).translate(_TURNING).strip()


_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])
