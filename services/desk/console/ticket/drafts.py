"""What was begun and not sent: kept while it is written, found again when the ticket is opened again."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from shared.documents.working import Draft
from shared.messages.documents import DocumentsAnswer, DocumentsQuery, RemoveDocument, SaveDocument

if TYPE_CHECKING:
    from services.desk.console.ticket.composer import Composer


def name_of(number: int, agent_id: str) -> str:
    """The id of an agent's draft in a ticket."""
    return f"T-{number}-{agent_id}"


async def find(viewer: Viewer, number: int) -> Draft:
    """What they began; an empty one where there is nothing. Raises `services.desk.errors.DeskError`."""
    query = DocumentsQuery(kind="draft", ids=[name_of(number, viewer.principal.agent_id)])
    found = await viewer.ask("documents", query, DocumentsAnswer)
    try:
        return Draft.model_validate(found.items[0].body) if found.items else Draft()
    except ValidationError:  # an older version kept something else
        return Draft()


async def keep(composer: "Composer") -> None:
    """Keep it, if there is anything new; what cannot be kept now is kept with the next change."""
    if not composer.dirty:
        return
    composer.dirty = False
    sheet, draft = composer.sheet, composer.draft
    viewer = sheet.viewer
    name = name_of(sheet.number, viewer.principal.agent_id)
    try:
        if draft.text.strip() or draft.files:
            # Bodies are trimmed when they are kept; what is being typed is not.
            await viewer.do(SaveDocument(kind="draft", id=name, document_number=sheet.number, body=draft.model_dump()))
            said = sheet.t("kept")
        else:
            await viewer.do(RemoveDocument(kind="draft", id=name))
            said = ""
    except DeskError:
        composer.dirty = True
        said = sheet.t("not_kept")
    with viewer.client:
        composer.kept.text = said


async def drop(composer: "Composer") -> None:
    """It was sent: it is begun no more. What stays behind is no harm, and is seen when the ticket is opened again."""
    viewer = composer.sheet.viewer
    try:
        await viewer.do(RemoveDocument(kind="draft", id=name_of(composer.sheet.number, viewer.principal.agent_id)))
    except DeskError:
        composer.dirty = False


async def keep_quietly(composer: "Composer") -> None:
    """Keep it for a page that is closed: nobody is told. Raises `services.desk.errors.DeskError`."""
    sheet, draft = composer.sheet, composer.draft
    composer.dirty = False
    name = name_of(sheet.number, sheet.viewer.principal.agent_id)
    if draft.text.strip() or draft.files:
        action = SaveDocument(kind="draft", id=name, document_number=sheet.number, body=draft.model_dump())
        await sheet.viewer.do(action)
