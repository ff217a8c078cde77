"""The register as a PDF document: wide pages, one block for each ticket, what it does not have left out."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from shared.register.blocks import block
from shared.register.cells import Value
from shared.register.pdf.paper import Frame, Paper


class RegisterPdf:
    """A document at ``path``; see `shared.register.pdf.paper.Frame` for what stands on every page."""

    def __init__(
        self, path: Path, columns: Sequence[str], headings: Sequence[str], frame: Frame, made: datetime
    ) -> None:
        self._columns, self._headings, self._made = columns, headings, made
        self._paper = Paper(path, frame)

    def write(self, row: Sequence[Value]) -> None:
        """One more ticket."""
        ticket = block(self._columns, self._headings, row)
        self._paper.heading(ticket.title)
        self._paper.grid(ticket.short, columns=5)
        for label, words in ticket.long:
            self._paper.field(label, words)
        self._paper.rule()

    def close(self) -> None:
        """Finish the file."""
        self._paper.close(self._made)
