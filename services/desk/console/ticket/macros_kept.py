"""Macros that people made in the desk (documents of the kind ``macro``), beside those of the configuration."""

from services.desk.console.viewer import Viewer
from shared.documents.macro import MACRO, MOST, beside
from shared.messages.documents import DocumentsAnswer, DocumentsQuery
from shared.settings.macros import Macro


async def read(viewer: Viewer) -> list[Macro]:
    """All of them whose names the configuration does not have, by their titles. Raises `services.desk.errors.DeskError`."""
    found = await viewer.ask("documents", DocumentsQuery(kind=MACRO, order="title", per_page=MOST), DocumentsAnswer)
    return beside(viewer.parts.settings.macro, found.items)
