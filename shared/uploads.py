"""Files that somebody uploaded on a page of ours: how many and how large they may be, and whether they are what they say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.mail.attachment import safe_filename
from shared.sniffing import judge
from shared.texts import text

MOST_FILES: Final = 5
MOST_MEGABYTES: Final = 20
MOST_OCTETS: Final = MOST_MEGABYTES * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: the ``question`` (a field of the page) it answers, what it is called, and what its sender says it is."""

    question: str
    filename: str
    declared: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept."""

    filename: str
    media_type: str
    content: bytes


@dataclass(slots=True)
class CheckedFiles:
    """``files`` that may be kept, and ``errors`` by the questions' names, as the customer reads them."""

    files: list[CheckedFile] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


def check_files(uploads: Sequence[Upload], language: str) -> CheckedFiles:
    """All that were uploaded, looked at together."""
    found = CheckedFiles()
    if not uploads:
        return found
    last = uploads[-1].question
    if len(uploads) > MOST_FILES:
        found.errors[last] = text("form.too_many_files", language, count=MOST_FILES)
        return found
    if sum(len(each.content) for each in uploads) > MOST_OCTETS:
        found.errors[last] = text("form.file_too_large", language, size=MOST_MEGABYTES)
        return found
    for each in uploads:
        filename = safe_filename(each.filename)
        media_type, trouble = judge(each.content, filename, each.declared)
        if trouble is not None:
            found.errors[each.question] = f"{filename}: {text(f'form.file_{trouble}', language)}"
        found.files.append(CheckedFile(filename, media_type, each.content))
    return found
