"""One part of a mail without parts of its own: text to read, or an attachment, or what hides attachments inside."""

import mimetypes
from hashlib import sha256

from shared.mail.attachment import make_attachment, safe_filename
from shared.mail.charsets import clean, decode_charset
from shared.mail.collected import Body, bounded
from shared.mail.defects import Defects
from shared.mail.flowed import unflow
from shared.mail.htmltext import scan_text_of
from shared.mail.limits import MAX_TEXT
from shared.mail.model import ParsedAttachment
from shared.mail.params import read_parameters
from shared.mail.protected import protection, read_clear_signed
from shared.mail.structure import Part
from shared.mail.tnef import read_tnef
from shared.mail.transfer import decode_transfer
from shared.mail.uuencoded import take_uuencoded

_TEXTS = ("text/plain", "text/html")
_ENRICHED = ("text/enriched", "text/richtext")
# Text by their type, but not something that somebody wrote for reading.
_NO_PROSE = {
    "text/calendar",
    "text/vcard",
    "text/x-vcard",
    "text/directory",
    "text/rfc822-headers",
    "text/csv",
    "text/css",
    "text/xml",
}
_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}
_MAX_CALENDAR = 256 * 1024


def read_leaf(part: Part, parent: str, index: int, body: Body, defects: Defects) -> bytes:
    """Put a part where it belongs in `body`; the answer is its content without transfer encoding.

    `parent` is the subtype of the multipart around it, "" for the mail itself.
    """
    content, defect = decode_transfer(part.body, transfer_encoding(part))
    defects.add(defect)
    disposition, parameters = read_parameters(part.headers.get("content-disposition"))
    filename = parameters.get("filename") or part.parameters.get("name") or ""
    is_text = part.media_type in _TEXTS or (
        not parent and not filename and part.media_type.startswith("text/") and part.media_type not in _NO_PROSE
    )
    if (
        is_text
        and disposition != "attachment"
        and (index == 0 or (parent != "related" and (not filename or parent == "alternative")))
    ):
        # Line ends and trailing blanks are what relays change first.
        body.digests.append(sha256(content.replace(b"\r\n", b"\n").rstrip()).digest())
        piece = (_read_through(_text(part, content, defects), part, body, defects), part.media_type == "text/html")
        body.plain.append(piece)
        body.markup.append(piece)
        return content
    attachment = make_attachment(part, content, filename, disposition, parent)
    if part.media_type.startswith("text/"):
        body.digests.append(sha256(content.replace(b"\r\n", b"\n").rstrip()).digest())
    else:
        body.digests.append(bytes.fromhex(attachment.sha256))
    defects.add(protection(part.media_type, part.parameters))
    if part.media_type == "text/calendar" and len(body.calendars) < 5:
        body.calendars.append(_text(part, content[:_MAX_CALENDAR], defects))
    if not _is_tnef(part, filename) or not _unpack(content, body, defects):
        body.attachments.append(attachment)
    return content


def transfer_encoding(part: Part) -> str:
    """The encoding's name in lower case; blanks, comments and parameters that some software adds are dropped."""
    field = part.headers.get("content-transfer-encoding")
    return read_parameters(field)[0] if field else ""


def attachment_of(content: bytes, filename: str, media_type: str = "", content_id: str = "") -> ParsedAttachment:
    """An attachment that was no part of its own; its type by the ending of its name where nothing else says it."""
    name = safe_filename(filename)
    guessed = media_type.strip().lower() if "/" in media_type else mimetypes.guess_type(name)[0]
    return ParsedAttachment(
        filename=name,
        media_type=clean(guessed or "application/octet-stream")[:200],
        size=len(content),
        sha256=sha256(content).hexdigest(),
        inline=bool(content_id),
        content_id=clean(content_id)[:300] or None,
        content=content,
    )


def _read_through(text: str, part: Part, body: Body, defects: Defects) -> str:
    """Plain text without the files and the armour that was written into it."""
    if part.media_type == "text/html":
        return text
    if part.media_type in _ENRICHED:
        return scan_text_of(text.replace("<<", "&lt;").replace("\n\n", "<br>"))
    if "begin" in text:
        text, files, damaged = take_uuencoded(text)
        body.attachments += [attachment_of(each.content, each.name) for each in files]
        defects.add("bad-uuencode" if damaged else None)
    if "-----BEGIN PGP " in text:
        text, mark = read_clear_signed(text)
        defects.add(mark)
    return text


def _is_tnef(part: Part, filename: str) -> bool:
    return part.media_type in _TNEF or filename.lower() == "winmail.dat"


def _unpack(content: bytes, body: Body, defects: Defects) -> bool:
    """The files of a winmail.dat instead of it; False where it gave nothing, so that it is kept as it is."""
    packed = read_tnef(content)
    if packed is None or not (packed.files or packed.text or packed.html):
        return False
    defects.add("tnef-damaged" if packed.damaged else None)
    body.attachments += [
        attachment_of(each.content, each.name, each.media_type, each.content_id) for each in packed.files
    ]
    if body.packed_text is None and (packed.html.strip() or packed.text.strip()):
        text = packed.html if packed.html.strip() else packed.text
        body.packed_text = (bounded(clean(text.replace("\r\n", "\n")), defects), bool(packed.html.strip()))
    return not packed.damaged


def _text(part: Part, content: bytes, defects: Defects) -> str:
    if len(content) > MAX_TEXT * 4:
        defects.add("text-truncated")
        content = content[: MAX_TEXT * 4]
    charset = part.parameters.get("charset")
    if charset is None and part.media_type == "text/html":
        charset = meta_charset(content)
    text, defect = decode_charset(content, charset)
    defects.add(defect)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = bounded(text.removeprefix("\ufeff"), defects) if "begin" not in text else text.removeprefix("\ufeff")
    if part.parameters.get("format", "").lower() == "flowed" and part.media_type == "text/plain":
        text = unflow(text, part.parameters.get("delsp", "").lower() == "yes")
    return text


def meta_charset(content: bytes) -> str | None:
    """What an HTML page says about itself, where the mail says nothing."""
    head = content[:2048].lower()
    at = head.find(b"charset=")
    if at < 0:
        return None
    words = head[at + 8 : at + 60].strip(b"\"' ").replace(b'"', b" ").replace(b"'", b" ").replace(b">", b" ").split()
    return words[0].decode("ascii", "ignore").strip(";/") if words else None
