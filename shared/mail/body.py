"""Which parts are the text of a mail and which are attachments (the walk of RFC 8621 4.1.4)."""

import html
from dataclasses import dataclass, field
from hashlib import sha256

from shared.mail.attachment import make_attachment
from shared.mail.charsets import decode_charset
from shared.mail.defects import Defects
from shared.mail.flowed import unflow
from shared.mail.htmltext import html_to_text, sanitise
from shared.mail.limits import MAX_TEXT
from shared.mail.model import ParsedAttachment
from shared.mail.params import read_parameters
from shared.mail.structure import Part
from shared.mail.transfer import decode_transfer


@dataclass(slots=True)
class Body:
    """What the walk collects; `digests` name the decoded content of every leaf in order."""

    plain: list[tuple[str, bool]] = field(default_factory=list)
    """Text as (content, whether it is HTML), the choice of each alternative."""
    markup: list[tuple[str, bool]] = field(default_factory=list)
    attachments: list[ParsedAttachment] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)

    def text(self, defects: Defects) -> str:
        """Everything to be read, in order; HTML where there is nothing else."""
        pieces = [html_to_text(content) if is_html else content for content, is_html in self.plain]
        return bounded(
            "\n".join(piece for piece in pieces if piece.strip()) if len(pieces) > 1 else "".join(pieces), defects
        )

    def html(self, defects: Defects) -> str | None:
        """The sanitised HTML, or None where no part is HTML."""
        if not any(is_html for _, is_html in self.markup):
            return None
        pieces = [content if is_html else f"<pre>{html.escape(content)}</pre>" for content, is_html in self.markup]
        return bounded(sanitise(bounded("\n".join(pieces), defects)), defects)

    def hash(self) -> str:
        """Names the decoded content of the whole mail, however it was encoded for transport."""
        return sha256(b"".join(self.digests)).hexdigest()


def read_body(root: Part, defects: Defects) -> Body:
    """Walk the tree. The depth of the tree is bounded by how it was made."""
    body = Body()
    _walk(root, "", 0, body, defects)
    return body


def bounded(text: str, defects: Defects) -> str:
    """At most MAX_TEXT characters, with a defect where more were there."""
    if len(text) <= MAX_TEXT:
        return text
    defects.add("text-truncated")
    return text[:MAX_TEXT]


def _walk(part: Part, parent: str, index: int, body: Body, defects: Defects) -> None:
    if part.parts:
        kind = part.media_type.partition("/")[2]
        if kind == "alternative":
            _alternative(part, body, defects)
        else:
            for at, each in enumerate(part.parts):
                _walk(each, kind, at, body, defects)
    elif not part.media_type.startswith("multipart/"):
        _leaf(part, parent, index, body, defects)


def _alternative(part: Part, body: Body, defects: Defects) -> None:
    """Each choice is read on its own; plain text is preferred for reading, HTML for showing."""
    choices = Body(attachments=body.attachments, digests=body.digests)
    for at, each in enumerate(part.parts):
        _walk(each, "alternative", at, choices, defects)
    plain = [piece for piece in choices.plain if not piece[1]]
    markup = [piece for piece in choices.markup if piece[1]]
    if not any(content.strip() for content, _ in plain) and markup:
        # Some clients send an empty plain part beside the real one.
        plain = markup
    body.plain += plain
    body.markup += markup or plain


def _leaf(part: Part, parent: str, index: int, body: Body, defects: Defects) -> None:
    content, defect = decode_transfer(part.body, transfer_encoding(part))
    defects.add(defect)
    disposition, parameters = read_parameters(part.headers.get("content-disposition"))
    filename = parameters.get("filename") or part.parameters.get("name") or ""
    is_text = part.media_type in ("text/plain", "text/html") and disposition != "attachment"
    if is_text and (index == 0 or (parent != "related" and (not filename or parent == "alternative"))):
        # Line ends and trailing blanks are what relays change first.
        body.digests.append(sha256(content.replace(b"\r\n", b"\n").rstrip()).digest())
        piece = (_text(part, content, defects), part.media_type == "text/html")
        body.plain.append(piece)
        body.markup.append(piece)
        return
    attachment = make_attachment(part, content, filename, disposition, parent)
    if part.media_type.startswith("text/"):
        body.digests.append(sha256(content.replace(b"\r\n", b"\n").rstrip()).digest())
    else:
        body.digests.append(bytes.fromhex(attachment.sha256))
    body.attachments.append(attachment)


def transfer_encoding(part: Part) -> str:
    """The encoding's name in lower case; blanks, comments and parameters that some software adds are dropped."""
    field = part.headers.get("content-transfer-encoding")
    return read_parameters(field)[0] if field else ""


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
    text = bounded(text.removeprefix("\ufeff"), defects)
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
