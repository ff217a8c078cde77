"""`trunkline import` of a register: looks through the file, imports its rows with a progress bar on stderr, tells what became of them."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from services.composition.errors import CannotStart
from services.composition.importing.lookup import MOST
from services.composition.importing.register import mapping as maps
from services.composition.importing.register.lines import Line, Problem, Reader
from services.composition.importing.register.rejecting import Rejected
from services.composition.importing.register.source import Source
from services.composition.importing.register.table import Unreadable
from services.composition.importing.register.taking import Known, Taking
from services.composition.operating import operator
from shared.bus.errors import BusUnavailable
from shared.clock import now
from shared.settings import Settings

INTERRUPTED = 130
_SHOWN = 1_000
_STEP = 200
"""Rows that are read at a time."""


@dataclass
class Told:
    """What is said at the end, of a dry run too."""

    opened: int = 0
    known: int | None = 0
    ours: int = 0
    bad: int = 0
    problems: list[str] = field(default_factory=list)

    def problem(self, problem: Problem) -> None:
        """Why a row cannot be read; the first thousand are kept."""
        if len(self.problems) < _SHOWN:
            self.problems.append(plain(str(problem)))


async def run(settings: Settings, path: Path, map_file: Path | None, *, dry_run: bool) -> int:
    """Import; gives the exit code: 1 where rows could not be imported, 130 where it was broken off. Raises `CannotStart`, `BusError`."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    # What is printed goes to stdout as it is, also while the bar is drawn on stderr.
    progress = Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal, redirect_stdout=False, redirect_stderr=False
    )  # fmt: skip
    with _ending(), progress:
        try:
            mapping = maps.read(map_file)
            central = bool({"pl", "hr"} & set(settings.company.languages))
            source = await asyncio.to_thread(Source.of, path, mapping, central)
            return await _run(settings, source, progress, dry_run)
        except Unreadable as error:
            raise CannotStart(plain(str(error))) from None
        except asyncio.CancelledError:
            progress.stop()
            print("interrupted: nothing is lost, the same command goes on where it stopped")
            return INTERRUPTED


@contextmanager
def _ending() -> Iterator[None]:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _run(settings: Settings, source: Source, progress: Progress, dry_run: bool) -> int:
    rows = await asyncio.to_thread(_counted, source)  # and it can be read to its end, before anything is imported
    bar = progress.add_task("looking through" if dry_run else "importing", total=rows)
    said = ""

    def say(what: str) -> None:
        nonlocal said
        if what and what != said and progress.disable:
            print(f"trunkline: {what}", file=sys.stderr)
        said = what
        progress.update(bar, description=what or "importing")

    zone = ZoneInfo(settings.timezone)
    with source.opened() as (table, how):
        reader = Reader(table, source.mapping, zone, now())
        _tell_heading(reader, how)
        step = Step(reader, lambda number: progress.advance(bar, number))
        if dry_run:
            told = await _look(settings, step, say)
            progress.stop()
            return _tell(told, "would open", None)
        async with operator(settings) as running:
            rejected = Rejected(source.path, table.headings)
            told = Told()
            try:
                await take(Taking(running.bus, reader.zone, say), step, rejected, told)
            finally:
                rejected.close()
                progress.stop()
                code = _tell(told, "opened", rejected)
    return code


def _counted(source: Source) -> int:
    with source.opened() as (table, _):
        return sum(1 for row in table.rows if any(cell != "" for cell in row.cells))


class Step:
    """The lines of a register, some at a time, read in a thread so that the connection lives on."""

    def __init__(self, reader: Reader, advance: Callable[[int], None]) -> None:
        self.reader, self.advance = reader, advance
        self._lines = (line for line in map(reader.read, reader.table.rows) if line is not None)

    async def some(self) -> list[Line]:
        """The next ones; none at the end. Raises `Unreadable`."""
        return await asyncio.to_thread(lambda: list(islice(self._lines, min(_STEP, MOST))))


async def take(taking: Taking, step: Step, rejected: Rejected, told: Told) -> None:
    """Import what is good, and write down what is not. Raises `BusError`; what is then on its way is asked for again by the next run."""
    while lines := await step.some():
        for line in lines:
            if line.problems:
                _reject(rejected, told, line, [*line.problems])
                step.advance(1)
        result = await taking.take([line for line in lines if line.action is not None], lambda: step.advance(1))
        told.opened += result.opened
        told.known = (told.known or 0) + result.known
        told.ours += result.ours
        for line, why in result.rejected:
            _reject(rejected, told, line, [Problem(line.row.number, "", why)])


def _reject(rejected: Rejected, told: Told, line: Line, problems: list[Problem]) -> None:
    told.bad += 1
    for problem in problems:
        told.problem(problem)
    why = "; ".join(f"{each.column}: {each.why}" if each.column else each.why for each in problems)
    try:
        rejected.add(line, why)
    except OSError as error:
        # Where no file can be written, all that is known of the row is said.
        cells = " | ".join(str(cell) for cell in line.row.cells)
        print(plain(f"{rejected.path}: {error}: row {line.row.number}: {why}: {cells}"), file=sys.stderr)


async def _look(settings: Settings, step: Step, say: Callable[[str], None]) -> Told:
    """What an import would do. Without a Trunkline that runs nobody knows what it has already."""
    told = Told()
    try:
        async with operator(settings) as running:
            await look(Taking(running.bus, step.reader.zone, say), step, told)
    except BusUnavailable:
        told.known = None
        await look(None, step, told)
    return told


async def look(taking: Taking | None, step: Step, told: Told) -> None:
    """Count. Raises `BusError`."""
    while lines := await step.some():
        good = [line for line in lines if line.action is not None]
        there = await taking.known(good) if taking is not None else Known()
        known = sum(1 for line in good if line.action is not None and line.action.source_id in there.every)
        told.ours += len(there.ours)
        told.opened += len(good) - known
        told.known = None if told.known is None else told.known + known
        for line in lines:
            if line.problems:
                told.bad += 1
                for problem in line.problems:
                    told.problem(problem)
        step.advance(len(lines))


def _tell_heading(reader: Reader, how: str) -> None:
    headings = reader.table.headings
    print(f"read as {plain(how)}")
    named = (f"{plain(headings[place])} = {column}" for column, places in reader.places.items() for place in places)
    print(f"columns: {', '.join(named)}")
    if reader.unknown:
        names = ", ".join(repr(plain(headings[place])[:60]) for place in reader.unknown[:50])
        print(f"not known, kept in a note: {names}")


def _tell(told: Told, what: str, rejected: Rejected | None) -> int:
    print(f"{what}: {told.opened}")
    print(f"known already: {'nobody knows, no Trunkline answers' if told.known is None else told.known}")
    if told.ours:
        print(f"  of these, tickets of this house itself, which an import does not change: {told.ours}")
    print(f"cannot be read: {told.bad}" if rejected is None else f"rejected: {told.bad}")
    for problem in told.problems:
        print(f"  {problem}")
    if len(told.problems) == _SHOWN:
        print("  and perhaps more")
    if rejected is not None and rejected.number:
        print(f"they stand in {plain(str(rejected.path))}: mend them there and import that file")
    return 1 if told.bad else 0


def plain(text: str) -> str:
    """What a file says must not steer the terminal."""
    return "".join(char if char.isprintable() else "\ufffd" if char != "\n" else " " for char in text)
