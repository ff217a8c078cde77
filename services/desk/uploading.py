"""What is sent from a customer's page: fields and files, read within bounds, the files looked at as those of a form are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.datastructures import UploadFile

from services.desk.errors import Away
from shared.bus.blobs import Blobs
from shared.bus.errors import BusFull, BusUnavailable
from shared.messages.parts import Attachment
from shared.uploads import CheckedFile, Upload, check_files
from shared.web import typed

MOST_UPLOADS: Final = 20
"""Files that are read at all; far fewer are kept."""
PART_SIZE: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class Sending:
    """The fields, and the files that may be kept; ``wrong`` says what is amiss with them, as the customer reads it. The field ``again`` is
    set where files came: a browser does not choose them again by itself."""

    values: dict[str, str]
    files: Sequence[CheckedFile] = ()
    wrong: str = ""


async def sent_form(request: Request, language: str, most_fields: int) -> Sending:
    """What a browser sent. Raises what Starlette does for a form that is none, or too much of one."""
    async with request.form(max_files=MOST_UPLOADS, max_fields=most_fields, max_part_size=PART_SIZE) as form:
        values = {name: typed(value) for name, value in form.multi_items() if isinstance(value, str)}
        uploads = [
            Upload("files", typed(value.filename or ""), value.content_type or "", await value.read())
            for name, value in form.multi_items()
            if isinstance(value, UploadFile) and name == "files" and (value.filename or value.size)
        ]
    values.pop("again", None)
    if not uploads:
        return Sending(values)
    checked = await asyncio.to_thread(check_files, uploads, language)
    return Sending(values | {"again": "yes"}, checked.files, next(iter(checked.errors.values()), ""))


async def keep_files(files: Sequence[CheckedFile], blobs: Blobs) -> list[Attachment]:
    """The files as attachments, their content stored. Raises `Away`."""
    try:
        keys = [await blobs.put(each.content) for each in files]
    except BusFull as error:
        raise Away("there is no room for files at the moment", again=60) from error
    except BusUnavailable as error:
        raise Away("files cannot be stored at the moment") from error
    return [
        Attachment(filename=file.filename, media_type=file.media_type, size=len(file.content), sha256=key, blob=key)
        for file, key in zip(files, keys, strict=True)
    ]
