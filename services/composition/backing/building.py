"""The folder that a restore builds in: one restore at a time, and nothing that was left half done is ever taken for a house.

Where the data folder is not there yet, it is built beside it and gets its name at the end. Where it is there and empty, it may be a
disk of its own, which nothing can be renamed onto: then it is built in a folder inside, and `up` refuses as long as that is there.
"""

import asyncio
import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from services.composition.errors import CannotStart

UNFINISHED: Final = ".restoring"
_NOT_OURS: Final = ("lost+found", UNFINISHED)
_SERVER_SECONDS = 30.0
_LOOK = 0.1


def look_finished(data: Path) -> None:
    """Raises `CannotStart` for a data folder in which a restore was interrupted."""
    if (data / UNFINISHED).exists():
        raise CannotStart(f"a restore into {data} was interrupted: empty that folder, and restore again")


def look_empty(target: Path) -> None:
    """Raises `CannotStart` where something is in the folder already."""
    try:
        there = {each.name for each in target.iterdir()} if target.exists() else set()
    except NotADirectoryError:
        raise CannotStart(f"{target} is a file: give another --data") from None
    except OSError as error:
        raise CannotStart(f"{target} cannot be looked into: {error.strerror}") from None
    if there - set(_NOT_OURS):
        raise CannotStart(f"{target} is not empty: a backup is restored into an empty place only; give another --data")


class Building:
    """The folder, as a context. `settle` makes it the data folder; without that nothing of it is left."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self._inside = target.exists()
        self.folder = target / UNFINISHED if self._inside else target.with_name(f"{target.name}.restoring")
        self._handle = -1

    async def __aenter__(self) -> Self:
        """Raises `CannotStart` where somebody else is at it, or nothing can be written."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            await self._wait_for_server()
            self._clear()
        except BlockingIOError:
            os.close(self._handle)
            raise CannotStart(f"another restore is at work in {self.folder}: wait for it, or stop it") from None
        except OSError as error:
            raise CannotStart(f"{self.folder} cannot be written: {error.strerror}; give another --data") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._handle)
        if isinstance(error, OSError) and not isinstance(error, TimeoutError):
            raise CannotStart(f"{self.folder} cannot be written: {error.strerror or error}") from None

    def settle(self) -> None:
        """All is there: from now on it is the data folder."""
        if not self._inside:
            os.replace(self.folder, self.target)
            return
        for each in sorted(self.folder.iterdir()):
            os.replace(each, self.target / each.name)
        self.folder.rmdir()

    async def _wait_for_server(self) -> None:
        """The bus's server of a restore that was killed may be ending still; it must not write into what comes now."""
        lock = self.folder / "bus" / "bus.lock"
        if not lock.exists():
            return
        with lock.open("rb") as file:
            for _ in range(int(_SERVER_SECONDS / _LOOK)):
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    await asyncio.sleep(_LOOK)
        raise CannotStart(f"the bus's server of an earlier restore still runs in {self.folder}: end it first")

    def _clear(self) -> None:
        for each in self.folder.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()
