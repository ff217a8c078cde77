"""The file of a backup: a zip with a manifest that has the SHA-256 of everything in it.

It appears when it is whole, for its owner alone: it is full of people, and holds the keys that sign. Each part is written and read in
pieces, so that no size matters. Not here: what the parts mean.
"""

import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from services.composition.errors import CannotStart

FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 512 * 1024
# A line of a part: a row or a message. The bus takes messages of 8 MiB, which base 64 makes a third longer.
LONGEST_LINE = 256 * 1024 * 1024


class Part:
    """A part that is being written."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.digest, self.size = hashlib.sha256(), 0

    def write(self, piece: bytes) -> None:
        """Go on with these octets."""
        self.digest.update(piece)
        self.size += len(piece)
        self._file.write(piece)

    def line(self, value: Any) -> None:
        """Go on with a line of JSON."""
        self.write(
            json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        )


@dataclass
class Writing:
    """A backup in the making. Used as a context; `finish` makes it whole, and without that nothing is left of it."""

    path: Path
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Raises `CannotStart` where the file cannot be written."""
        if self.path.exists():
            raise CannotStart(f"{self.path} is there already: nothing is overwritten, choose another name")
        self._part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            self._sweep()
            handle = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            raise CannotStart(f"{self.path} cannot be written: {error.strerror}") from None
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._file.closed:
            with contextlib.suppress(
                OSError, ValueError
            ):  # it is thrown away; left open, it would be closed later, with a complaint
                self._zip.close()
            self._file.close()
        self._part.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, TimeoutError):
            raise CannotStart(f"{self.path} cannot be written: {error.strerror or error}") from None

    def _sweep(self) -> None:
        """Remove what others have left of this backup that were killed: whoever still writes one holds its lock."""
        for left in self.path.parent.glob(f".{glob.escape(self.path.name)}.*.part"):
            with contextlib.suppress(OSError), left.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()

    def _name(self) -> None:
        """Give it its name, unless somebody else took that meanwhile; not every file system knows a second name for a file."""
        try:
            os.link(self._part, self.path)
        except FileExistsError:
            raise
        except OSError:
            if self.path.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
            os.rename(self._part, self.path)
        handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @contextmanager
    def part(self, name: str, *, packed: bool = True) -> Iterator[Part]:
        """A new part. One that is ``packed`` already gains nothing by being packed once more."""
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o600 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self._zip.open(entry, "w", force_zip64=True) as file:
            part = Part(file)
            yield part
        self.files[name] = {"sha256": part.digest.hexdigest(), "size": part.size}

    def finish(self, about: dict[str, Any]) -> None:
        """Write the manifest, have all of it on disk, and give it its name."""
        manifest = {"format": FORMAT, **about, "files": self.files}
        self._zip.writestr(MANIFEST, json.dumps(manifest, indent=1))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._name()


class Reading:
    """A backup to be restored. Raises `CannotStart` for a file that is none, or of a newer kind."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            with self._zip.open(MANIFEST) as file:
                self.about: dict[str, Any] = json.loads(file.read(64 * 1024 * 1024))
            self.files: dict[str, dict[str, Any]] = dict(self.about["files"])
            if any(
                not isinstance(each["size"], int) or not isinstance(each["sha256"], str) for each in self.files.values()
            ):
                raise ValueError(MANIFEST)
            written = int(self.about["format"])
        except OSError as error:
            raise CannotStart(f"{path} cannot be read: {error.strerror or error}") from None
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError):
            raise CannotStart(f"{path} is no backup of Trunkline, or only a part of one") from None
        if written > FORMAT:
            raise CannotStart(
                f"{path} was made by a newer Trunkline ({self.about.get('version')}): restore it with that"
            )
        self.path = path

    def verify(self) -> Iterator[int]:
        """Read everything once and compare it with the manifest; gives how many octets each piece had, for a progress bar. Raises
        `CannotStart` at the first that is not what was written."""
        there = {entry.filename for entry in self._zip.infolist()} - {MANIFEST}
        if there != self.files.keys():
            odd = sorted(there ^ self.files.keys())[0]
            raise CannotStart(f"{self.path} is damaged: {odd} is missing, or does not belong there")
        for name, expected in self.files.items():
            digest, size = hashlib.sha256(), 0
            for piece in self.pieces(name):
                digest.update(piece)
                size += len(piece)
                if size > int(expected["size"]):
                    break
                yield len(piece)
            if digest.hexdigest() != expected["sha256"]:
                raise CannotStart(f"{self.path} is damaged: {name} is not what was written; use another backup")

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part's octets. Raises `CannotStart` where it cannot be read."""
        try:
            with self._zip.open(name) as file:
                while piece := file.read(PIECE):
                    yield piece
        except (zipfile.BadZipFile, OSError, EOFError, KeyError, zipfile.zlib.error):  # type: ignore[attr-defined]
            raise CannotStart(f"{self.path} is damaged: {name} cannot be read; use another backup") from None

    def lines(self, name: str) -> Iterator[Any]:
        """A part's lines, as JSON. Raises `CannotStart` for what is none."""
        if name not in self.files:
            return
        try:
            with self._zip.open(name) as file:
                while line := file.readline(LONGEST_LINE):
                    yield json.loads(line)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError):
            raise CannotStart(f"{self.path} is damaged: {name} cannot be read; use another backup") from None

    def read(self, name: str) -> bytes:
        """A small part as a whole."""
        return b"".join(self.pieces(name))

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()
