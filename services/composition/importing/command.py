"""`trunkline import`: the two passes with a progress bar on stderr, and what became of everything on stdout."""

import asyncio
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from services.composition.errors import CannotStart
from services.composition.importing.catalogue import Catalogue
from services.composition.importing.handing import Handing, Result
from services.composition.importing.ours import Ours
from services.composition.importing.sources import Trouble
from services.composition.operating import operator
from services.composition.users import user_of
from services.intake.recipients import Recipients
from shared.bus.subjects import INTERNAL_USERS
from shared.clock import now
from shared.ending import end
from shared.settings import Settings

USER = "intake"
"""Whom the bus lets hand in mail."""
INTERRUPTED = 130
_TOGETHER = 200
_SHOWN = 100
_REFRESH = 0.2


async def run(settings: Settings, path: Path, inbox: str | None, open_within: timedelta, *, dry_run: bool) -> int:
    """Import; gives the exit code: 1 where something failed, 130 where it was broken off. Raises `CannotStart` and `BusError`."""
    chosen = _chosen(settings, inbox)
    _check_user(settings)
    console = Console(stderr=True)
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    # What is printed goes to stdout as it is, also while the bar is drawn on stderr.
    shown = Progress(
        *_columns(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with shown as progress:
        try:
            return await _run(settings, path, chosen, open_within, _Stage(progress, console), dry_run=dry_run)
        except asyncio.CancelledError:
            progress.stop()
            print("interrupted: nothing is lost, the same command goes on where it stopped")
            return INTERRUPTED
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


def _columns() -> list[ProgressColumn]:
    return [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    ]


async def _run(
    settings: Settings, path: Path, inbox: str, open_within: timedelta, stage: "_Stage", *, dry_run: bool
) -> int:
    if dry_run:
        catalogue = await _scan(settings, path, stage.progress)
        stage.progress.stop()
        _tell(catalogue, catalogue.threads.count())
        _tell_troubles(catalogue.findings.troubles, len(catalogue.findings.troubles))
        return 1 if catalogue.findings.troubles else 0
    async with operator(settings, USER) as running:
        agents = [agent.email for agent in await running.agents()]
        catalogue = await _scan(settings, path, stage.progress)
        handing = Handing(
            running.bus,
            catalogue,
            inbox,
            Recipients.of(settings),
            Ours.of(settings, agents),
            now() - open_within if open_within else None,
            stage.say,
        )
        try:
            await _hand_in(handing, len(catalogue), stage)
        finally:
            stage.progress.stop()
            _tell(catalogue, catalogue.threads.count())
            _tell_result(handing.result, catalogue.findings.troubles)
            if handing.on_the_way:
                print(f"on the way: {handing.on_the_way} more were handed in, the router has them")
    return 1 if catalogue.findings.troubles or handing.result.failed else 0


def _chosen(settings: Settings, name: str | None) -> str:
    names = [inbox.name for inbox in settings.email_inboxes]
    if name is None:
        if not names:
            raise CannotStart('there is no inbox for mail to import into; configure one with channel = "email"')
        return names[0]
    if name not in names:
        raise CannotStart(f"there is no inbox {name!r} for mail; there are {', '.join(names) or 'none'}")
    return name


def _check_user(settings: Settings) -> None:
    """Whoever may not hand in mail gets no answer from the bus, and would wait for one."""
    user = user_of(settings.bus.url.get_secret_value())
    if user in INTERNAL_USERS and user != USER:
        raise CannotStart(f"the bus does not let its user {user} hand in mail: run this with the bus.url of intake")


async def _scan(settings: Settings, path: Path, progress: Progress) -> Catalogue:
    """The first pass, in a thread, so that the connection lives on."""
    catalogue = Catalogue(path, now(), settings.smtp.max_size)
    bar = progress.add_task("looking for mails", total=None)
    steps = catalogue.scan()

    def some() -> bool:
        return all(next(steps, None) is not None for _ in range(_TOGETHER))

    while await asyncio.to_thread(some):
        progress.update(bar, completed=len(catalogue))
    progress.update(bar, completed=len(catalogue), visible=False)
    return catalogue


async def _hand_in(handing: Handing, mails: int, stage: "_Stage") -> None:
    """The second pass. Raises `BusError`."""
    bar = stage.progress.add_task("importing", total=mails)
    stage.bar = bar
    done = asyncio.create_task(handing.run(), name="import")
    try:
        while not done.done():
            await asyncio.wait({done}, timeout=_REFRESH)
            stage.progress.update(bar, completed=handing.result.done)
        await done
    finally:
        handing.give_up()
        await end([done])


@dataclass
class _Stage:
    """Where the progress is shown. Without a terminal only what is waited for is said, a line each time."""

    progress: Progress
    console: Console
    bar: TaskID | None = None
    said: str = ""

    def say(self, what: str) -> None:
        """Show why nothing goes on; "" when it does."""
        if what == self.said:
            return
        self.said = what
        if self.bar is not None:
            self.progress.update(self.bar, description=what or "importing")
        if what and not self.console.is_terminal:
            self.console.print(f"trunkline: {what}", markup=False, highlight=False)


def _tell(catalogue: Catalogue, threads: int) -> None:
    """Print what was found."""
    print(f"found: {len(catalogue)} mails in {threads} threads{_from_to(catalogue)}")
    for what, number in sorted(catalogue.findings.left.items()):
        print(f"left out: {number} {what}")


def _from_to(catalogue: Catalogue) -> str:
    if not len(catalogue):
        return ""
    dates = [catalogue.threads.date(mail) for mail in range(len(catalogue))]
    first, last = (datetime.fromtimestamp(each, UTC).date() for each in (min(dates), max(dates)))
    return f", {first} to {last}"


def _tell_result(result: Result, troubles: list[Trouble]) -> None:
    """Print what became of the mails."""
    print(f"imported: {result.imported}")
    print(f"duplicates: {result.duplicates}")
    if result.held:
        print(f"held back: {result.held} (`trunkline quarantine list` tells why)")
    print(f"degraded: {result.degraded}")
    for name in result.unread[:_SHOWN]:
        print(f"  {_plain(name)}")
    _tell_troubles([*troubles, *result.failures], len(troubles) + result.failed)


def _tell_troubles(troubles: list[Trouble], number: int) -> None:
    print(f"failed: {number}")
    for trouble in troubles[:_SHOWN]:
        print(f"  {_plain(trouble.name)}: {_plain(trouble.why)}")
    if number > _SHOWN:
        print(f"  and {number - _SHOWN} more")


def _plain(text: str) -> str:
    """A file's name must not steer the terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
