"""What somebody filled in, made clean and checked on the server, whatever the browser did. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.intake.form.asking import Question
from shared.texts import text
from shared.uploads import CheckedFile, Upload, check_files

YES: Final = "yes"

_ADDRESS: Final = re.compile(r'[^\s@<>()\[\],;:\\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]')
_LINES: Final = re.compile(r"\r\n?")
# Control characters, and marks of direction with which a text could look like another.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BLANKS: Final = re.compile(r"\s+")


@dataclass(slots=True)
class Checked:
    """``values`` by the questions' names, clean, also those with an error; ``errors`` likewise, as the customer reads them."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    files: list[CheckedFile] = field(default_factory=list)


def check(asked: Sequence[Question], given: Mapping[str, str], uploads: Sequence[Upload], language: str) -> Checked:
    """The answers in ``given`` to the questions; everything else in it is left out."""
    found = Checked()
    for question in asked:
        if question.kind == "file":
            continue
        value = _clean(given.get(question.name, ""), question)
        found.values[question.name] = value
        if (error := _wrong(question, value, language)) is not None:
            found.errors[question.name] = error
    _check_files(asked, uploads, language, found)
    return found


def _clean(value: str, question: Question) -> str:
    value = _CONTROL.sub("", _LINES.sub("\n", value[: 4 * question.most + 4]))
    if question.kind == "long":
        return value.strip("\n").rstrip()
    value = _BLANKS.sub(" ", value).strip()
    if question.kind == "consent":
        return YES if value else ""
    return value


def _wrong(question: Question, value: str, language: str) -> str | None:
    if not value.strip():
        if not question.required:
            return None
        return text("form.consent" if question.kind == "consent" else "form.missing", language)
    if len(value) > question.most:
        return text("form.too_long", language, count=question.most)
    if question.kind == "email" and not _ADDRESS.fullmatch(value):
        return text("form.bad_address", language)
    if question.kind == "choice" and value not in question.choices:
        return text("form.bad_choice", language)
    return None


def _check_files(asked: Sequence[Question], uploads: Sequence[Upload], language: str, found: Checked) -> None:
    wanted = {question.name: question for question in asked if question.kind == "file"}
    taken = [each for each in uploads if each.question in wanted and (each.filename or each.content)]
    for question in wanted.values():
        if question.required and not any(each.question == question.name for each in taken):
            found.errors[question.name] = text("form.missing", language)
    checked = check_files(taken, language)
    found.errors |= checked.errors
    found.files = checked.files
