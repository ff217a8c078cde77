"""A message as the messages it takes in Telegram: texts, then files, the buttons under the last of them. Pure."""

from dataclasses import dataclass
from typing import Literal

from services.notifier.linking import Linking, linked_words
from services.notifier.telegram.splitting import split
from shared.messages.outbound import Button, Outbound
from shared.messages.parts import Attachment

MOST_TEXTS = 20
PHOTO_LIMIT = 10 * 1000 * 1000
"""Octets of a photo, and of a document (https://core.telegram.org/bots/api#sending-files)."""
FILE_LIMIT = 50 * 1000 * 1000
DATA_LIMIT = 64
"""Octets of a button's data (https://core.telegram.org/bots/api#inlinekeyboardbutton)."""
_ROW = 24
"""Characters of labels beside each other on a telephone."""
_IN_ROW = 5
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})


class Unsendable(Exception):
    """Telegram has no way to send this; the text is one line."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message. ``kind``: how it is sent; a text has ``text``, the others a ``file``."""

    kind: Literal["text", "photo", "document"]
    text: str = ""
    file: Attachment | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()


def compose(outbound: Outbound, words: str, linking: Linking | None = None, default_language: str = "en") -> list[Part]:
    """The messages of ``outbound``, whose words are ``words``. Files that would make them too large stand as links in the text, as
    ``linking`` says. Raises `Unsendable`."""
    files, linked = _sorted(outbound.attachments)
    if linking is not None and linked:
        words = "\n\n".join(filter(None, [words.strip(), linked_words(outbound, linked, linking, default_language)]))
    elif linked:
        raise Unsendable(f"{linked[0].filename!r} is more than the {FILE_LIMIT // 1_000_000} MB that a bot may send")
    texts = split(words)
    if len(texts) > MOST_TEXTS:
        raise Unsendable(f"the text would take {len(texts)} messages, more than {MOST_TEXTS}")
    parts = [Part("text", text) for text in texts] + [_of_file(file) for file in files]
    if not parts:
        raise Unsendable("there is nothing in this message")
    if outbound.buttons:
        last = parts[-1]
        parts[-1] = Part(last.kind, last.text, last.file, keyboard(outbound.buttons))
    return parts


def _sorted(attachments: list[Attachment]) -> tuple[list[Attachment], list[Attachment]]:
    """What goes along and what is linked, each in its order: the small ones first go along, together as much as one may be large, since
    all of a message is in memory when it is sent."""
    room, kept = FILE_LIMIT, set()
    for place, file in sorted(enumerate(attachments), key=lambda each: each[1].size):
        room -= file.size
        if room >= 0 or file.blob is None:
            kept.add(place)
    going = [file for place, file in enumerate(attachments) if place in kept]
    return going, [file for place, file in enumerate(attachments) if place not in kept]


def _of_file(file: Attachment) -> Part:
    # A photo that Telegram would shrink or refuse goes as a file.
    is_photo = file.media_type in _PHOTOS and file.size <= PHOTO_LIMIT
    return Part("photo" if is_photo else "document", file=file)


def keyboard(buttons: list[Button]) -> tuple[tuple[Button, ...], ...]:
    """The rows of buttons: short ones beside each other. Raises `Unsendable`."""
    rows: list[list[Button]] = []
    for button in buttons:
        if not button.label.strip() or not 1 <= len(button.data.encode("utf-8", "replace")) <= DATA_LIMIT:
            raise Unsendable(f"no button can have the label {button.label!r} and the data {button.data!r}")
        row = rows[-1] if rows else []
        if row and len(row) < _IN_ROW and sum(len(one.label) for one in (*row, button)) <= _ROW:
            row.append(button)
        else:
            rows.append([button])
    return tuple(map(tuple, rows))
