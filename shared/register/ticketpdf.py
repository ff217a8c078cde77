"""One ticket as a PDF document on upright pages."""

from datetime import datetime
from pathlib import Path

from shared.register.cells import Wording
from shared.register.document import Document
from shared.register.pdf.paper import Frame, Paper


def write(path: Path, document: Document, wording: Wording, made: datetime) -> None:
    """Write the document to ``path``. Raises `OSError`."""
    page = wording.word("page", number="{number}")
    below = wording.word("made", at=wording.at(made))
    paper = Paper(path, Frame(document.title, below, page, wording.language, wording.word("lacking.ticket")))
    paper.heading(document.heading, 15)
    paper.grid(document.short, columns=3, size=9)
    for label, words in document.long:
        paper.field(label, words, size=9)
    for title, said in document.sections:
        if said:
            paper.rule()
            paper.heading(title)
        for each in said:
            paper.paragraph(each.about, 8.5, bold=bool(each.words), faint=not each.words)
            if each.words:
                paper.paragraph(each.words, indent=10)
                paper.space(5)
    paper.close(made)
