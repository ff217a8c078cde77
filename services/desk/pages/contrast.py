"""Colours that can be read: contrast as WCAG 2.1 defines it (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio). Pure."""

from collections.abc import Iterable
from typing import Final

ENOUGH: Final = 4.5
"""Of text and what is behind it (success criterion 1.4.3)."""
_STEPS: Final = 50
_INKS: Final = ("#ffffff", "#0b1220")

Channels = tuple[int, int, int]


def readable(colour: str, behind: Iterable[str]) -> str:
    """``colour``, made just so much darker or lighter that it can be read before each of those behind it."""
    backgrounds = tuple(behind)
    darker = luminance(backgrounds[0]) > 0.5
    goal = (0, 0, 0) if darker else (255, 255, 255)
    start = _channels(colour)
    for step in range(_STEPS + 1):
        mixed = _written(_mixed(start, goal, step / _STEPS))
        if all(contrast(mixed, each) >= ENOUGH for each in backgrounds):
            return mixed
    return _written(goal)


def inked(behind: str) -> str:
    """The colour of text that is read best on it: white, or nearly black."""
    return max(_INKS, key=lambda ink: contrast(ink, behind))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour of sRGB, from 0 to 1."""
    red, green, blue = (_linear(each / 255) for each in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mixed(one: Channels, other: Channels, share: float) -> Channels:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _written(channels: Channels) -> str:
    return "#" + "".join(f"{each:02x}" for each in channels)
