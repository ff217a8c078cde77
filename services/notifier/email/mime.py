"""The body of a mail: text, its HTML alternative, inline images and attachments (RFC 2045, 2046, 2183, 2231). Pure.

Every entity is bytes: its header fields, an empty line, its content, all lines ending in CRLF. Texts are UTF-8, as 7bit where
they are ASCII with short lines, else quoted-printable or base64, whichever is shorter; so every relay can take them.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote

from services.notifier.email.headers import clean

_BREAK = re.compile(r"\r\n|\r|\n")
# Controls have no meaning in mail text, and NUL is forbidden in it (RFC 5322 2.3).
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FRAGILE = re.compile(rb"[^\n]{79}|^From |^\.|[ \t]\r\n", re.MULTILINE)
_FROM_LINE = re.compile(rb"^From ", re.MULTILINE)
_FOREIGN = bytes(range(128, 256))
_DOT_LINE = re.compile(rb"^\.", re.MULTILINE)
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}")
_CONTENT_ID = re.compile(r"[!-;=?-~]{1,200}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$&()+,.;=@^_`{}~-]{1,60}")
_MAX_NAME = 150
_PIECE = 54  # characters of one RFC 2231 section


@dataclass(frozen=True, slots=True)
class File:
    """An attachment with its content."""

    filename: str
    media_type: str
    content: bytes
    inline: bool = False
    content_id: str | None = None


def build(text: str, html: str | None, files: Sequence[File], seed: str) -> bytes:
    """The whole body with its own header fields, ready to stand behind the mail's. ``seed`` names the mail: the same one always
    gives the same bytes."""
    shown = [file for file in files if html is not None and file.inline and file.content_id]
    attached = [file for file in files if file not in shown]
    if html is None:
        entity = text_entity("plain", text)
    else:
        page = text_entity("html", html)
        if shown:
            page = _multipart("related", [page, *map(_file, shown)], f"{seed}-related")
        entity = _multipart("alternative", [text_entity("plain", text, nested=True), page], f"{seed}-alternative")
    return _multipart("mixed", [entity, *map(_file, attached)], f"{seed}-mixed") if attached else entity


def text_entity(subtype: str, text: str, *, nested: bool = False) -> bytes:
    """A text part with the transfer encoding it needs. ``nested`` parts are always encoded, for a boundary can then never be
    mistaken for a line of theirs."""
    text = _CONTROL.sub("", text.rstrip("\r\n"))
    lines = _BREAK.split(text) if "\r" in text else text.split("\n")
    content = "\r\n".join(lines).encode("utf-8") + b"\r\n"
    encoding = b"7bit"
    if nested or not content.isascii() or _FRAGILE.search(content):
        encoding, content = _encode(content)
    charset = b"us-ascii" if encoding == b"7bit" else b"utf-8"
    return b"Content-Type: text/%b; charset=%b\r\nContent-Transfer-Encoding: %b\r\n\r\n%b" % (
        subtype.encode(),
        charset,
        encoding,
        content,
    )


def _encode(content: bytes) -> tuple[bytes, bytes]:
    foreign = len(content) - len(content.translate(None, _FOREIGN))
    if foreign * 6 > len(content):
        return b"base64", _base64(content)
    quoted = binascii.b2a_qp(content, quotetabs=False, istext=True)
    # Some servers put ">" before "From ", and some lose a leading dot (RFC 2049 3, advice on fragile lines).
    if b"From " in quoted or b"\n." in quoted or quoted.startswith(b"."):
        quoted = _DOT_LINE.sub(b"=2E", _FROM_LINE.sub(b"=46rom ", quoted))
    return b"quoted-printable", quoted


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _multipart(subtype: str, entities: Sequence[bytes], seed: str) -> bytes:
    # "=_" occurs in neither quoted-printable nor base64 (RFC 2045 6.7), and nothing else stands within.
    boundary = b"=_" + blake2b(seed.encode("utf-8", "replace"), digest_size=15).hexdigest().encode()
    parts = b"".join(b"--%b\r\n%b\r\n" % (boundary, entity) for entity in entities)
    return b'Content-Type: multipart/%b;\r\n boundary="%b"\r\n\r\n%b--%b--\r\n' % (
        subtype.encode(),
        boundary,
        parts,
        boundary,
    )


def _file(file: File) -> bytes:
    media_type = file.media_type.lower()
    if not _MEDIA_TYPE.fullmatch(media_type) or media_type.startswith(("multipart/", "message/")):
        # Composite types may not be base64 (RFC 2046 5.2.1), and a wrong type must not become a field of its own.
        media_type = "application/octet-stream"
    name = _file_name(file.filename)
    disposition = "inline" if file.inline and file.content_id else "attachment"
    head = f"Content-Type: {media_type}{_parameter('name', name)}\r\n"
    head += f"Content-Disposition: {disposition}{_parameter('filename', name)}\r\n"
    if file.content_id and _CONTENT_ID.fullmatch(file.content_id.strip("<>")):
        head += f"Content-ID: <{file.content_id.strip('<>')}>\r\n"
    head += "Content-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("ascii") + _base64(file.content)


def _file_name(name: str) -> str:
    """A bare name: no path in it, so that no client can be talked into writing elsewhere; its ending survives the bound."""
    name = clean(re.split(r"[/\\]", name)[-1], 1_000) or "attachment"
    if len(name) <= _MAX_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: _MAX_NAME - 20]}.{ending}" if dot and len(ending) < 20 else name[:_MAX_NAME]


def _parameter(key: str, value: str) -> str:
    """``; key=value`` on a line of its own: quoted where plain, else in the extended form, in sections (RFC 2231 3, 4)."""
    if _PLAIN_NAME.fullmatch(value):
        return f';\r\n {key}="{value}"'
    encoded = quote(value.encode("utf-8", "replace"), safe="!#$&+^_`{}~")
    pieces = []
    while encoded:
        cut = _PIECE
        while len(encoded) > cut and "%" in encoded[cut - 2 : cut]:
            cut -= 1  # an octet's three characters stay together
        pieces.append(encoded[:cut])
        encoded = encoded[cut:]
    if len(pieces) == 1:
        return f";\r\n {key}*=utf-8''{pieces[0]}"
    charset = ["utf-8''"] + [""] * (len(pieces) - 1)
    return "".join(f";\r\n {key}*{at}*={charset[at]}{piece}" for at, piece in enumerate(pieces))
