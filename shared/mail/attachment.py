"""Makes an attachment of a part: a name that can be stored, its size and digest."""

import re
from hashlib import sha256

from shared.mail.charsets import clean
from shared.mail.model import ParsedAttachment
from shared.mail.structure import Part

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_SUBJECT = re.compile(rb"(?:^|\n)subject:([^\r\n]{0,300})", re.IGNORECASE)


def make_attachment(part: Part, content: bytes, filename: str, disposition: str, parent: str) -> ParsedAttachment:
    """`content` is the part without its transfer encoding; a part without a name keeps an empty one."""
    content_id = (part.headers.get("content-id") or b"").decode("utf-8", "replace").strip().strip("<>")
    return ParsedAttachment(
        filename=safe_filename(filename),
        media_type=clean(part.media_type)[:200],
        size=len(content),
        sha256=sha256(content).hexdigest(),
        inline=disposition == "inline" or (disposition != "attachment" and (parent == "related" or bool(content_id))),
        content_id=clean(content_id)[:300] or None,
        content=content,
    )


def safe_filename(filename: str) -> str:
    """The last component only, without control and direction marks: a name must not lead out of a folder."""
    filename = _CONTROL.sub("", clean(filename)).replace("\\", "/").rpartition("/")[2].strip()
    if filename in (".", ".."):
        return ""
    if len(filename) > 200:
        stem, dot, ending = filename.rpartition(".")
        filename = f"{stem[: 199 - len(ending)]}.{ending}" if dot and len(ending) < 20 else filename[:200]
    return filename
