"""`trunkline export register`: asks the store for the register, page by page, and writes each down before the next is asked for.

The file appears when it is whole: until then it is written under another name beside it, which is removed again where something fails.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.composition.errors import CannotStart
from services.composition.exporting.cells import Wording, cells, heading
from services.composition.exporting.csvfile import Sheet
from services.composition.operating import Operator, operator
from shared.clock import now
from shared.messages.record import RegisterPage, RegisterQuery
from shared.settings import Settings
from shared.settings.quantities import parse_duration

STDOUT = "-"


@dataclass(frozen=True)
class Wanted:
    """Which tickets: opened since and until (as the command line has them), of a team, a category, in one of these statuses."""

    since: str | None = None
    until: str | None = None
    team: str | None = None
    category: str | None = None
    status: str | None = None

    def query(self, zone: ZoneInfo) -> RegisterQuery:
        """What the store is asked. Raises `CannotStart` for what is no time."""
        return RegisterQuery(
            since=moment("--since", self.since, zone) if self.since else None,
            until=moment("--until", self.until, zone, end=True) if self.until else None,
            team=self.team,
            category=self.category,
            status=self.status,
        )


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


async def register(settings: Settings, out: str, wanted: Wanted) -> None:
    """Write the register as CSV to the file ``out``; ``-``: to stdout. Raises `CannotStart` and `BusError`."""
    zone = ZoneInfo(settings.timezone)
    query = wanted.query(zone)
    wording = Wording(settings.company.languages[0], zone)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # What is printed goes to stdout as it is, also while the bar is drawn on stderr.
    progress = Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal, redirect_stdout=False, redirect_stderr=False
    )  # fmt: skip
    async with operator(settings) as running:
        with progress, _file(out) as file:
            sheet = Sheet(file, settings.registry.separator)
            written = await _write(running, query, sheet, settings, wording, progress)
    if out != STDOUT:
        print(f"wrote {written} tickets to {out}")


async def _write(
    running: Operator, query: RegisterQuery, sheet: Sheet, settings: Settings, wording: Wording, progress: Progress
) -> int:
    columns = settings.registry.columns
    sheet.write(heading(columns, wording))
    bar = progress.add_task("writing the register", total=None)
    written = 0
    while True:
        page = RegisterPage.decode(await running.ask("register", query.encode()))
        for line in page.lines:
            sheet.write(cells(line, columns, wording))
        written += len(page.lines)
        if page.total is not None:
            progress.update(bar, total=page.total)
        progress.update(bar, completed=written)
        if page.next is None:
            return written
        query = query.model_copy(update={"after": page.next})


@contextmanager
def _file(out: str) -> Iterator[TextIO]:
    """The file to write to, for its owner alone: it is full of people. Raises `CannotStart` where it cannot be written."""
    if out == STDOUT:
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        sys.stdout.flush()
        return
    path = Path(out)
    if not path.name:
        raise CannotStart(f"--out: {out!r} is no file; write something like register.csv")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CannotStart(f"--out: {out} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="", errors="replace") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise CannotStart(f"--out: {out} cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
