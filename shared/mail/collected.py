"""What the walk over the parts of a mail collects, and how text and HTML are made of it."""

import html
from dataclasses import dataclass, field
from hashlib import sha256

from shared.mail.defects import Defects
from shared.mail.htmltext import html_to_text
from shared.mail.limits import MAX_TEXT
from shared.mail.model import ParsedAttachment
from shared.mail.sanitise import sanitise


@dataclass(slots=True)
class Body:
    """`digests` name the decoded content of every leaf in order."""

    plain: list[tuple[str, bool]] = field(default_factory=list)
    """Text as (content, whether it is HTML), the choice of each alternative."""
    markup: list[tuple[str, bool]] = field(default_factory=list)
    attachments: list[ParsedAttachment] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)
    packed_text: tuple[str, bool] | None = None
    """The text of a winmail.dat, for a mail that has no other."""
    opaque: int = 0
    """How many mails within CMS structures were opened."""

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


def bounded(text: str, defects: Defects) -> str:
    """At most MAX_TEXT characters, with a defect where more were there."""
    if len(text) <= MAX_TEXT:
        return text
    defects.add("text-truncated")
    return text[:MAX_TEXT]
