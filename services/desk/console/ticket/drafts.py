"""What was begun and not sent: kept while it is written, found again when the ticket is opened again."""

from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import ValidationError

from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from shared.documents.working import Draft, draft_id
from shared.messages.documents import DocumentsAnswer, DocumentsQuery, RemoveDocument, SaveDocument

if TYPE_CHECKING:
    from services.desk.console.ticket.composer import Composer


async def find(viewer: Viewer, number: int) -> Draft:
    """What they began; an empty one where there is nothing. Raises `services.desk.errors.DeskError`."""
    query = DocumentsQuery(kind="draft", ids=[draft_id(number, viewer.principal.agent_id)])
    found = await viewer.ask("documents", query, DocumentsAnswer)
    try:
        return Draft.model_validate(found.items[0].body) if found.items else Draft()
    except ValidationError:  # an older version kept something else
        return Draft()


async def keep(composer: "Composer") -> None:
    """Keep it, if there is anything new; what cannot be kept now is kept with the next change."""
    viewer = composer.sheet.viewer
    async with composer.keeping:
        if not composer.dirty:
            return
        text: str | None = composer.draft.text
        try:
            said = composer.sheet.t("kept") if await _write(composer) else ""
        except DeskError:
            said, text = composer.sheet.t("not_kept"), None
    with viewer.client:
        composer.kept_as(said, text)


async def drop(composer: "Composer") -> None:
    """It was sent: it is begun no more. What stays behind is no harm, and is seen when the ticket is opened again. Whatever is just being
    kept is waited for, lest it come afterwards."""
    viewer = composer.sheet.viewer
    async with composer.keeping:
        if composer.dirty:  # something new was begun meanwhile: it takes the place of what was sent
            return
        with suppress(DeskError):
            name = draft_id(composer.sheet.number, viewer.principal.agent_id)
            await viewer.do(RemoveDocument(kind="draft", id=name))
    with viewer.client:
        composer.kept_as("", None)


async def keep_quietly(composer: "Composer") -> None:
    """Keep it for a page that is closed: nobody is told. Raises `services.desk.errors.DeskError`."""
    async with composer.keeping:
        if composer.dirty:
            await _write(composer)


async def _write(composer: "Composer") -> bool:
    """Write it down as it is now, or away where nothing is left of it; whether there is anything. Raises
    `services.desk.errors.DeskError`: then it is still to be kept."""
    sheet, draft = composer.sheet, composer.draft
    name = draft_id(sheet.number, sheet.viewer.principal.agent_id)
    anything = bool(draft.text.strip() or draft.files)
    composer.dirty = False
    try:
        if anything:
            body = draft.model_dump()
            await sheet.viewer.do(SaveDocument(kind="draft", id=name, document_number=sheet.number, body=body))
        else:
            await sheet.viewer.do(RemoveDocument(kind="draft", id=name))
    except DeskError:
        composer.dirty = True
        raise
    return anything
