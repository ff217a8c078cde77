"""Which parts are the text of a mail and which are attachments (the walk of RFC 8621 4.1.4)."""

import re
from urllib.parse import unquote

from shared.mail.collected import Body
from shared.mail.defects import Defects
from shared.mail.htmltext import html_to_text
from shared.mail.invitation import read_invitation
from shared.mail.leaf import read_leaf
from shared.mail.protected import is_opaque, signed_content
from shared.mail.structure import Part, split_mail

_CID = re.compile(r"cid:([^\s\"'<>)]{1,300})", re.IGNORECASE)
_STUB = re.compile(r"html", re.IGNORECASE)
_STUB_WORDS = 40
_MAX_OPAQUE = 3
_OPAQUE_PARTS = 200


def read_body(root: Part, defects: Defects) -> Body:
    """Walk the tree. The depth of the tree is bounded by how it was made."""
    body = Body()
    _walk(root, "", 0, body, defects)
    if not any(content.strip() for content, _ in body.plain):
        _last_resort(body)
    if body.attachments and body.markup:
        _mark_shown(body)
    return body


def _walk(part: Part, parent: str, index: int, body: Body, defects: Defects) -> None:
    if part.parts:
        kind = part.media_type.partition("/")[2]
        if kind == "alternative":
            _alternative(part, body, defects)
        else:
            for at, each in enumerate(part.parts):
                _walk(each, kind, at, body, defects)
    elif not part.media_type.startswith("multipart/"):
        content = read_leaf(part, parent, index, body, defects)
        if is_opaque(part.media_type):
            _opaque(part, content, body, defects)


def _alternative(part: Part, body: Body, defects: Defects) -> None:
    """Each choice is read on its own; plain text is preferred for reading, HTML for showing."""
    choices = Body(attachments=body.attachments, digests=body.digests, calendars=body.calendars)
    for at, each in enumerate(part.parts):
        _walk(each, "alternative", at, choices, defects)
    plain = [piece for piece in choices.plain if not piece[1]]
    markup = [piece for piece in choices.markup if piece[1]]
    if markup and (not any(content.strip() for content, _ in plain) or _is_stub(plain, markup)):
        # Some clients send an empty plain part beside the real one.
        plain = markup
    body.plain += plain
    body.markup += markup or plain
    body.packed_text = body.packed_text or choices.packed_text


def _is_stub(plain: list[tuple[str, bool]], markup: list[tuple[str, bool]]) -> bool:
    """Whether the plain text only says that there is HTML, as newsletters' and some forms' programs write."""
    words = " ".join(content for content, _ in plain)
    if len(words) > 600 or not _STUB.search(words) or len(words.split()) > _STUB_WORDS:
        return False
    shown = "\n".join(html_to_text(content) for content, _ in markup)
    return len(shown.split()) > 2 * len(words.split()) and " ".join(words.split()) not in " ".join(shown.split())


def _opaque(part: Part, content: bytes, body: Body, defects: Defects) -> None:
    """A mail within a CMS structure: signed, and then read through; or encrypted."""
    inner = signed_content(content) if body.opaque < _MAX_OPAQUE else None
    if inner is None:
        if not {"smime-encrypted", "smime-signed"} & set(defects.slugs()):
            defects.add("smime-encrypted")
        return
    body.opaque += 1
    defects.add("smime-signed")
    inside = Body(opaque=body.opaque)
    _walk(split_mail(inner, defects, _OPAQUE_PARTS), "", 0, inside, defects)
    # The digest of the outer part already names what is inside.
    body.plain += inside.plain
    body.markup += inside.markup
    body.attachments += inside.attachments
    body.calendars += inside.calendars
    body.opaque = inside.opaque


def _last_resort(body: Body) -> None:
    """A mail without text: what Outlook packed away, or what an invitation says."""
    summary = next((each for each in map(read_invitation, body.calendars) if each), "")
    if body.packed_text is not None:
        body.plain.append(body.packed_text)
        body.markup.append(body.packed_text)
    elif summary:
        body.plain.append((summary, False))


def _mark_shown(body: Body) -> None:
    """What the HTML shows by its Content-ID is inline, whatever the part says of itself."""
    shown: set[str] = set()
    for content, is_html in body.markup:
        if is_html and "cid:" in content:
            shown.update(unquote(each) for each in _CID.findall(content))
    if shown:
        for attachment in body.attachments:
            if attachment.content_id in shown:
                attachment.inline = True
