"""Small things that several parts of the ticket page are made of: somebody's words, chips, folded passages, files."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from services.desk.console.markup import piece
from services.desk.console.mount import PREFIX
from shared.messages.parts import Attachment

SHOWN: Final = 6_000
"""Characters of one text that are shown at once."""
RASTER: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Pictures that a browser draws and that hold no script."""
PREVIEW: Final = 8_000_000
"""Bytes of a picture that is shown."""
_LINK: Final = re.compile(r"https?://[^\s<>\"'“”„()\[\]]{3,2000}", re.IGNORECASE)
_AT_END: Final = ".,;:!?*_"


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """A text in pieces, and whether each is an address of the web. Linear in its length."""
    place = 0
    for match in _LINK.finditer(text):
        address = match[0].rstrip(_AT_END)
        if match.start() > place:
            yield text[place : match.start()], False
        yield address, True
        place = match.start() + len(address)
    if place < len(text):
        yield text[place:], False


_TURNING: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_OVERRIDING: Final = dict.fromkeys((0x202D, 0x202E))


def upright(name: str) -> str:
    """A name, without the characters that turn around what follows (Unicode TR36, 3.3): "photo\u202egpj.exe" is a program."""
    return name.translate(_TURNING)


def words(text: str, more: str) -> None:
    """Somebody's text as they wrote it. Addresses in it are links that show where they lead; ``more`` unfolds a long rest. What would show
    letters in another order than they stand in is left out."""
    text = text.translate(_OVERRIDING)
    _words(text[:SHOWN])
    if len(text) > SHOWN:
        with fold(more):
            _words(text[SHOWN : SHOWN * 20])


def _words(text: str) -> None:
    found = list(runs(text))
    if len(found) > 60:  # a list of links is text like any other
        found = [(text, False)]
    piece("words", runs=found)


@contextmanager
def fold(label: str, *, opened: bool = False, style: str = "") -> Iterator[None]:
    """Something that is folded away until it is asked for, without asking us."""
    with ui.element("details").classes(f"tk-fold {style}") as details:
        if opened:
            details.props("open")
        with ui.element("summary"):
            plain(label)
        yield


def plain(text: str, style: str = "", tag: str = "span") -> TextElement:
    """A text, and nothing else."""
    return TextElement(tag=tag, text=upright(text)).classes(style)


def chip(text: str, style: str = "", title: str = "") -> ui.element:
    """A small mark."""
    made = plain(text, f"tl-chip {style}")
    if title:
        made.props["title"] = title
    return made


def size(octets: int) -> str:
    """Bytes as people read them."""
    if octets < 1_000:
        return f"{octets} B"
    return f"{octets / 1_000:.0f} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"


def file_path(number: int, message_id: str, place: int, *, preview: bool = False) -> str:
    """Where a file of a message is had."""
    return f"{PREFIX}/ticket/{number}/file/{quote(message_id, safe='')}/{place}{'?preview=1' if preview else ''}"


def files(number: int, message_id: str, attachments: list[Attachment], unnamed: str) -> None:
    """A message's files: small pictures to be seen, everything to be had."""
    listed = list(enumerate(attachments))
    if not listed:
        return
    with ui.element("ul").classes("tk-files"):
        for place, each in listed[:50]:
            name = each.filename or unnamed
            with ui.element("li"):
                if each.blob is None:
                    plain(f"{name} · {size(each.size)}", "tl-quiet")
                    continue
                drawn = each.media_type.lower() in RASTER and 0 < each.size <= PREVIEW
                if drawn:
                    picture = ui.element("img").props('loading=lazy decoding=async width=160 height=100 alt=""')
                    picture.props["src"] = file_path(number, message_id, place, preview=True)
                with ui.element("a").props("download") as anchor:
                    anchor.props["href"] = file_path(number, message_id, place)
                    plain(name)
                    plain(f" · {size(each.size)}", "tl-quiet")
