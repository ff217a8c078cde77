"""Buttons of ours: what their data means. ``solved:<number>:yes|no`` and ``score:<number>:1..5`` are what we put under messages."""

import re
from dataclasses import dataclass

_PRESSED = re.compile(
    r"(?:solved:(?P<solved>[1-9]\d{0,8}):(?P<yes>yes|no)|score:(?P<score>[1-9]\d{0,8}):(?P<points>[1-5]))"
)


@dataclass(frozen=True)
class Press:
    """A button of ours: ``answer`` is ``yes``, ``no``, or a score from 1 to 5."""

    number: int
    answer: str


def pressed(data: str | None) -> Press | None:
    """The button that was pressed; null for none of ours."""
    match = _PRESSED.fullmatch(data or "")
    if match is None:
        return None
    return Press(int(match["solved"] or match["score"]), match["yes"] or match["points"])
