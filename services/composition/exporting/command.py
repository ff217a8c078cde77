"""`trunkline export register` and `export ticket`: asks the store page by page, and writes each down before the next is asked for.

The file appears when it is whole: until then it is written in a folder of its own beside it, which is removed again where something fails.
"""

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.composition.errors import CannotStart
from services.composition.operating import Operator, operator
from shared.clock import now
from shared.messages.customers import PageAnswer, PageQuery
from shared.messages.parts import Status
from shared.messages.record import RegisterPage, RegisterQuery
from shared.register.cells import Wording, values
from shared.register.document import Copy, customers, internal, language_of
from shared.register.errors import TooMuch
from shared.register.formats import MEDIA, Style, begun
from shared.settings import Settings
from shared.settings.quantities import parse_duration

STDOUT = "-"
FORMATS = tuple(MEDIA)


@dataclass(frozen=True)
class Wanted:
    """Which tickets: opened since and until (as the command line has them), of a team, a category, in one of these statuses;
    ``number``: just that one."""

    since: str | None = None
    until: str | None = None
    team: str | None = None
    category: str | None = None
    status: str | None = None
    number: str | None = None

    def query(self, zone: ZoneInfo) -> RegisterQuery:
        """What the store is asked. Raises `CannotStart` for what is no time, and no status."""
        strange = (
            {each.strip() for each in self.status.split(",")}.difference(get_args(Status)) if self.status else set()
        )
        if strange:
            raise CannotStart(f"--status: there is no status {min(strange)!r}; there are {', '.join(get_args(Status))}")
        return RegisterQuery(
            since=moment("--since", self.since, zone) if self.since else None,
            until=moment("--until", self.until, zone, end=True) if self.until else None,
            team=self.team,
            category=self.category,
            status=self.status,
            number=_number(self.number) if self.number else None,
        )


def _number(written: str) -> int:
    """A ticket's number. Raises `CannotStart`."""
    found = re.fullmatch(r"(?:[Tt]-)?([0-9]{1,9})", written.strip(), re.ASCII)
    if found is None:
        raise CannotStart(f"{written!r} is no ticket's number; write T-1001")
    return int(found[1])


def moment(option: str, written: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """A day (its beginning, or with ``end`` its end: a day counts whole), a time, or how long ago. Raises `CannotStart`."""
    try:
        day = date.fromisoformat(written)
        return datetime.combine(day + timedelta(days=1) if end else day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    try:
        at = datetime.fromisoformat(written)
        return at if at.tzinfo else at.replace(tzinfo=zone)
    except ValueError:
        pass
    try:
        return now() - parse_duration(written)
    except (ValueError, OverflowError):
        raise CannotStart(f"{option}: {written!r} is no time; write 2026-01-31, 2026-01-31T10:00Z or 24h") from None


async def register(settings: Settings, format: str, out: str, wanted: Wanted) -> None:
    """Write the register to the file ``out``; ``-``: to stdout. Raises `CannotStart` and `BusError`."""
    zone = ZoneInfo(settings.timezone)
    query = wanted.query(zone)
    registry, company = settings.registry, settings.company
    style = Style(registry.columns, Wording(company.languages[0], zone), company.name, now(), registry.separator)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # What is printed goes to stdout as it is, also while the bar is drawn on stderr.
    progress = Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal, redirect_stdout=False, redirect_stderr=False
    )  # fmt: skip
    async with operator(settings) as running:
        with progress, _file(out) as path:
            written = await _write(running, query, path, format, style, progress)
    if out != STDOUT:
        print(f"wrote {written} tickets to {out}")


async def ticket(settings: Settings, number: str, out: str, copy: Copy) -> None:
    """Write one ticket as PDF to the file ``out``; ``-``: to stdout. Raises `CannotStart` and `BusError`."""
    wanted, ours = _number(number), settings.company.languages[0]
    zone = ZoneInfo(settings.timezone)
    wording = Wording(ours, zone)
    async with operator(settings) as running:
        if copy == "internal":
            view = await running.ticket(wanted)
            made = internal(view, settings.company.name, wording, await running.agents()) if view else None
        else:
            page = PageAnswer.decode(await running.ask("page", PageQuery(number=wanted).encode())).ticket
            wording = Wording(language_of(page, ours), zone) if page else wording
            made = customers(page, settings.company.name, wording) if page else None
    if made is None:
        whose = "" if copy == "internal" else " that a customer may see"
        raise CannotStart(f"there is no ticket T-{wanted}{whose}")
    from shared.register.ticketpdf import write

    with _file(out) as path:
        await asyncio.to_thread(write, path, made, wording, now())
    if out != STDOUT:
        print(f"wrote T-{wanted} to {out}")


async def _write(
    running: Operator, query: RegisterQuery, path: Path, format: str, style: Style, progress: Progress
) -> int:
    """Page by page; each is written in a thread, so that the connection lives on."""
    file = await asyncio.to_thread(begun, format, path, style)
    bar = progress.add_task("writing the register", total=None)
    written = 0

    def write(answer: bytes) -> RegisterPage:
        page = RegisterPage.decode(answer)
        for line in page.lines:
            file.write(values(line, style.columns, style.wording))
        return page

    while True:
        try:
            page = await asyncio.to_thread(write, await running.ask("register", query.encode()))
        except TooMuch as error:
            raise CannotStart(str(error)) from None
        written += len(page.lines)
        if page.total is not None:
            progress.update(bar, total=page.total)
        progress.update(bar, completed=written)
        if page.next is None:
            progress.update(bar, description="finishing the file")
            await asyncio.to_thread(file.close)
            return written
        query = query.model_copy(update={"after": page.next})


@contextmanager
def _file(out: str) -> Iterator[Path]:
    """The file to write to, for its owner alone: it is full of people. Raises `CannotStart` where it cannot be written."""
    if out == STDOUT:
        with tempfile.TemporaryDirectory(prefix="trunkline-") as folder:
            path = Path(folder) / "register"
            yield path
            with path.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    path = Path(out)
    if not path.name:
        raise CannotStart(f"--out: {out!r} is no file; write something like register.csv")
    # In a folder of its own, because some formats keep parts beside the file until it is whole.
    try:
        folder = tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise CannotStart(f"--out: {out} cannot be written: {error.strerror}") from None
    part = Path(folder) / path.name
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise CannotStart(f"--out: {out} cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
