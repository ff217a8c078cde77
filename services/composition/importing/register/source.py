"""A register's file opened, whatever it is: as a table with its heading, and in words how it was read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.composition.importing.register import csvreading, xlsxreading
from services.composition.importing.register.mapping import Mapping, headings
from services.composition.importing.register.table import Table, Unreadable, folded, headed

SUFFIXES = (".csv", ".tsv", ".tab", ".xlsx", ".xlsm")
_SHOWN = {"\t": "a tab"}


def is_register(path: Path, mapped: bool) -> bool:
    """Whether this is to be read as a register, and not as mail."""
    return mapped or (path.suffix.lower() in (*SUFFIXES, ".xls", ".ods") and not path.is_dir())


@dataclass(frozen=True)
class Source:
    """A file, and how it is read."""

    path: Path
    mapping: Mapping
    how: csvreading.Read | None

    @classmethod
    def of(cls, path: Path, mapping: Mapping, central: bool) -> "Source":
        """Look at a file. Raises `Unreadable`."""
        try:
            if not path.is_file():
                raise Unreadable(f"there is no file {path}")
            with path.open("rb") as file:
                packed = file.read(4) in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
            if packed or path.suffix.lower() in (".xlsx", ".xlsm"):
                return cls(path, mapping, None)
            return cls(path, mapping, csvreading.recognised(path, mapping.encoding, mapping.delimiter, central))
        except OSError as error:
            raise Unreadable(f"{path} cannot be read: {error.strerror or error}") from None

    @contextmanager
    def opened(self) -> Iterator[tuple[Table, str]]:
        """The table, and how it is read, in words. Raises `Unreadable`, its rows too."""
        known = [*headings(), *(folded(each) for names in self.mapping.columns.values() for each in names)]
        if self.how is None:
            with xlsxreading.opened(self.path, self.mapping.sheet) as (title, rows):
                table = headed(rows, known)
                yield table, f"sheet {title!r}, headings in row {table.at}"
            return
        with csvreading.opened(self.path, self.how) as rows:
            table = headed(rows, known)
            between = _SHOWN.get(self.how.delimiter, repr(self.how.delimiter))
            guessed = " (a guess: say encoding = … in the map where letters are wrong)" if self.how.guessed else ""
            yield table, f"{self.how.encoding}{guessed}, {between} between cells, headings in row {table.at}"
