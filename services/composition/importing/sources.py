"""Which files of an archive hold mail: mbox files, the mails of Maildirs, .eml files, those of MH folders. Opens only what it must.

Nothing but regular files is opened (a pipe would be waited for, a link may lead out of the archive), and folders are not followed
through links.
"""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from services.composition.errors import CannotStart
from services.composition.importing import mbox

_FIELD = re.compile(rb"(?:\xef\xbb\xbf)?[!-9;-~]{1,100}[ \t]*:")
_BEGINNING = 2048
_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)\Z")
_NOT_MAIL = "other files"
_NOT_SENT = "drafts and deleted mails"
# What people will try, and what to do about it.
_ELSEWHERE = {
    ".gz": "unpack it first",
    ".zip": "unpack it first",
    ".tar": "unpack it first",
    ".pst": "let Outlook or readpst write it as mbox first",
    ".msg": "let Outlook save it as .eml first",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file with mail: many (``mbox``) or one (``mail``)."""

    path: Path
    kind: Literal["mbox", "mail"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be imported, and why, in a few words each."""

    name: str
    why: str


@dataclass
class Findings:
    """What was met besides mail: ``troubles`` should have been mail, ``left`` counts what is left out on purpose."""

    troubles: list[Trouble] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)

    def leave_unsent(self) -> None:
        """One more mail that nobody sent, or that its owner has thrown away."""
        self.left[_NOT_SENT] += 1


def find(path: Path, findings: Findings) -> Iterator[Source]:
    """The files with mail at ``path``, in a fixed order. Raises `CannotStart` where there is nothing, or nothing that could be mail."""
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        raise CannotStart(f"{path}: {error.strerror}") from None
    return _in_folder(path, findings) if is_folder else iter([_one(path)])


def _one(path: Path) -> Source:
    """The file that the command names."""
    if (advice := _ELSEWHERE.get(path.suffix.lower())) is not None:
        raise CannotStart(f"{path}: {advice}; mbox files, Maildirs and folders of .eml files can be imported")
    if not path.is_file():
        raise CannotStart(f"{path} is neither a file nor a folder")
    try:
        beginning = _beginning(path)
    except OSError as error:
        raise CannotStart(f"{path}: {error.strerror}") from None
    if path.suffix.lower() != ".eml" and mbox.is_mbox(beginning):
        return Source(path, "mbox")
    if path.suffix.lower() == ".eml" or _FIELD.match(beginning):
        return Source(path, "mail")
    raise CannotStart(f"{path} holds no mail: it begins neither like an mbox nor like a mail")


def _in_folder(folder: Path, findings: Findings) -> Iterator[Source]:
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            findings.troubles.append(Trouble(str(here), error.strerror or "cannot be read"))
            continue
        names = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
        maildir = "cur" in names or "new" in names
        folders = [Path(entry.path) for entry in entries if entry.name in names]
        waiting += reversed([each for each in folders if not (maildir and each.name == "tmp")])
        delivered = here.name in ("cur", "new") and _has_siblings(here)
        for entry in entries:
            if entry.name not in names:
                # The files beside cur and new are those of the mail server.
                yield from _file(entry, findings, delivered=delivered, beside=maildir)


def _has_siblings(folder: Path) -> bool:
    """Whether ``cur`` or ``new`` is that of a Maildir: with one of its other two folders beside it."""
    return any((folder.parent / name).is_dir() for name in ("cur", "new", "tmp") if name != folder.name)


def _file(entry: "os.DirEntry[str]", findings: Findings, *, delivered: bool, beside: bool) -> Iterator[Source]:
    path = Path(entry.path)
    if not entry.is_file(follow_symlinks=False):
        if delivered or path.suffix.lower() in (".eml", ".mbox"):
            findings.troubles.append(Trouble(str(path), "no regular file"))
        else:
            findings.left[_NOT_MAIL] += 1
        return
    if delivered:
        flags = _FLAGS.search(entry.name)
        if flags and set(flags[1]) & set("TD"):  # trashed, draft
            findings.leave_unsent()
        else:
            yield Source(path, "mail")
        return
    try:
        kind = _kind(path)
    except OSError as error:
        findings.troubles.append(Trouble(str(path), error.strerror or "cannot be read"))
        return
    if kind is not None:
        yield Source(path, kind)
    elif path.suffix.lower() == ".mbox":
        findings.troubles.append(Trouble(str(path), "does not begin like an mbox"))
    elif not beside:
        findings.left[_NOT_MAIL] += 1


def _kind(path: Path) -> Literal["mbox", "mail"] | None:
    """What a file in a folder is. MH (RFC 822's first mail store) numbers its mails; a mail program's mbox may have any name."""
    if path.suffix.lower() == ".eml":
        return "mail"
    beginning = _beginning(path)
    if mbox.is_mbox(beginning):
        return "mbox"
    return "mail" if path.name.isdecimal() and _FIELD.match(beginning) else None


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_BEGINNING)
