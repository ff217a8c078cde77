"""A wall clock that a test sets, for real processes: libfaketime's. Their monotonic clock goes on as it is.

https://github.com/wolfcw/libfaketime: the offset stands in a file and is read again every second.
"""

from datetime import UTC, datetime
from pathlib import Path

LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")


class ShiftedClock:
    """The time that processes with `environment` see."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self._file = folder / "clock"
        self._offset = 0.0
        self.set(at)

    @property
    def now(self) -> datetime:
        """What time it is for them."""
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self._offset, UTC)

    def set(self, at: datetime) -> None:
        """It is ``at`` from now on, within a second."""
        self._offset = (at - datetime.now(UTC)).total_seconds()
        self._file.write_text(f"{self._offset:+.0f}\n")

    @property
    def environment(self) -> dict[str, str]:
        """The variables to start processes with. Raises `LookupError` where the library is not."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def library() -> Path:
    """Where libfaketime is. Raises `LookupError`."""
    for folder in LIBRARIES:
        for found in sorted(Path(folder).glob("**/libfaketime.so.1")):
            return found
    raise LookupError("libfaketime.so.1 is not on this machine")
