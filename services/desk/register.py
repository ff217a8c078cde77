"""``GET /api/v1/register`` and ``…/tickets/{number}/document``: the customer ticket tracking register, and one ticket, as a file.

It is written in a thread, to a file of its own in the data folder that goes when it was sent; only so many are written at a time, and
whoever comes then is told to come again.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from pydantic import AwareDatetime
from starlette.background import BackgroundTask

from services.desk.commanding import BEARER, Caller, Reading
from services.desk.errors import Away, NotFound, TooLarge
from services.desk.problems import responses
from services.desk.tickets import Number, ticket_number
from shared.clock import now
from shared.messages.customers import PageAnswer, PageQuery
from shared.messages.record import RegisterPage, RegisterQuery
from shared.messages.ticket import AgentsAnswer, AgentsQuery
from shared.register.cells import Wording, values
from shared.register.document import Copy, Document, customers, internal, language_of
from shared.register.errors import TooMuch
from shared.register.formats import MEDIA, Style, begun
from shared.settings.settings import Settings

AT_ONCE: Final = 2
"""Registers that are written at the same time; writing takes the processor."""
_PREFIX, _DAY = ".register-", 86_400.0
_LINES: Final = 25
"""Of a page: what is read at a time keeps other calls waiting for some milliseconds at most."""

router = APIRouter(prefix="/api/v1", tags=["register"], dependencies=[BEARER])

Format = Literal["csv", "xlsx", "pdf", "docx"]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.partition(";")[0]: {} for media in MEDIA.values()}, "description": "The file."}
}
_PDF: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA["pdf"]: {}}, "description": "The document."}}


@router.get("/register", response_class=FileResponse, responses={**responses(403, 422), **_FILES})
async def register(
    request: Request,
    who: Reading,
    format: Annotated[Format, Query()] = "csv",
    since: Annotated[AwareDatetime | None, Query(description="Opened since")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Opened before")] = None,
    number: Annotated[
        str | None, Query(pattern="^([Tt]-)?[0-9]{1,9}$", description="Just this ticket: `T-1001`")
    ] = None,
    team: Annotated[str | None, Query(max_length=200)] = None,
    category: Annotated[str | None, Query(max_length=200)] = None,
    status: Annotated[str | None, Query(max_length=200, description="Such as `open,pending`")] = None,
) -> FileResponse:
    """The register of these tickets as a file, in the company's language. Internal tickets do not stand in it, spam only where its `status`
    is asked for."""
    query = RegisterQuery(
        number=ticket_number(number) if number else None,
        since=since,
        until=until,
        team=team or None,
        category=category or None,
        status=status or None,
        limit=_LINES,
    )
    writing = _writing(request)
    if writing.locked():
        raise Away("other registers are being written; try again in a while", again=10)
    async with writing:
        folder = await asyncio.to_thread(register_folder, request.app.state.settings)
        path = folder / f"register.{format}"
        try:
            await _write(who, query, format, path, style_of(request.app.state.settings), request.is_disconnected)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            raise
    return _sent(path, MEDIA[format])


@router.get("/tickets/{number}/document", response_class=FileResponse, responses={**responses(403, 404, 422), **_PDF})
async def document(
    request: Request,
    number: Number,
    who: Reading,
    copy: Annotated[
        Copy, Query(description="`customer`: with nothing that is not for the customer's eyes")
    ] = "internal",
) -> FileResponse:
    """One ticket as a PDF document for the file: its record, its conversation, its history."""
    settings = request.app.state.settings
    style = style_of(settings)
    made, wording = await _document(who, number, copy, style)
    writing = _writing(request)
    async with writing:
        folder = await asyncio.to_thread(register_folder, settings)
        path = folder / f"T-{number}.pdf"
        try:
            await asyncio.to_thread(_write_ticket, path, made, wording, style.made)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            raise
    return _sent(path, MEDIA["pdf"])


async def _document(who: Caller, number: int, copy: Copy, style: Style) -> tuple[Document, Wording]:
    if copy == "internal":
        agents = (await who.backend.gate.query("agents", AgentsQuery(), AgentsAnswer)).agents
        return internal(await who.ticket(number), style.company, style.wording, agents), style.wording
    page = (await who.backend.gate.query("page", PageQuery(number=number), PageAnswer)).ticket
    if page is None:
        raise NotFound(f"there is no T-{number} that a customer may see")
    wording = Wording(language_of(page, style.wording.language), style.wording.zone)
    return customers(page, style.company, wording), wording


def _write_ticket(path: Path, made: Document, wording: Wording, at: datetime) -> None:
    from shared.register.ticketpdf import write

    write(path, made, wording, at)


def _sent(path: Path, media: str) -> FileResponse:
    """The file; its folder goes when it was sent."""
    return FileResponse(
        path,
        media_type=media,
        filename=path.name,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
        background=BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True),
    )


def style_of(settings: Settings) -> Style:
    """What the company's register looks like, now."""
    company = settings.company
    wording = Wording(company.languages[0], ZoneInfo(settings.timezone))
    return Style(settings.registry.columns, wording, company.name, now(), settings.registry.separator)


async def _write(
    who: Caller, query: RegisterQuery, format: str, path: Path, style: Style, gone: Callable[[], Awaitable[bool]]
) -> None:
    """Page by page, as long as somebody waits for it. Raises `Away`, `TooLarge` and the rest of what the gate raises."""
    file = await asyncio.to_thread(begun, format, path, style)

    def write(answer: bytes) -> RegisterPage:
        page = RegisterPage.decode(answer)
        for line in page.lines:
            file.write(values(line, style.columns, style.wording))
        return page

    try:
        while True:
            page = await asyncio.to_thread(write, await who.backend.gate.answer("register", query))
            if page.next is None:
                break
            if await gone():
                raise Away("nobody waits for the register any more")
            query = query.model_copy(update={"after": page.next})
    except TooMuch as error:
        raise TooLarge(str(error)) from None
    finally:
        # What is left of an unfinished one goes with its folder.
        await asyncio.to_thread(file.close)


def _writing(request: Request) -> asyncio.Semaphore:
    state = request.app.state
    if not hasattr(state, "registers"):
        state.registers = asyncio.Semaphore(AT_ONCE)
    found: asyncio.Semaphore = state.registers
    return found


def register_folder(settings: Settings) -> Path:
    """Where it is written, for its owner alone. What a desk that was killed has left there goes."""
    if not settings.data.is_dir():
        return Path(tempfile.mkdtemp(prefix=_PREFIX))
    for left in settings.data.glob(f"{_PREFIX}*"):
        if time.time() - left.stat().st_mtime > _DAY:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=settings.data))
