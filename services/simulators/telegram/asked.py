"""What a bot asks with a method, in any of the four ways that are allowed: query, form, JSON or multipart
(https://core.telegram.org/bots/api#making-requests)."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from services.simulators.keeping import Kept
from services.simulators.telegram.answers import Refused, bad

UPLOAD_LIMIT = 50 << 20  # https://core.telegram.org/bots/api#sending-files
PHOTO_LIMIT = 10 << 20
FIELDS = 200


class Asked:
    """A method's parameters and uploaded files."""

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Kept]) -> None:
        self._values, self._uploads = values, uploads

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name, default)
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        value = self._values.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad(f"can't parse {name}: a number is expected") from None

    def flag(self, name: str) -> bool:
        return str(self._values.get(name, "")).lower() in ("true", "1", "yes")

    def structure(self, name: str) -> Any:
        """A parameter that is JSON; None when it isn't given."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise bad(f"can't parse {name} JSON object") from None

    def upload(self, name: str) -> Kept | None:
        """The file given for this parameter, directly or as ``attach://<part>``."""
        if name in self._uploads:
            return self._uploads[name]
        return self.attached(self.text(name))

    def attached(self, reference: str) -> Kept | None:
        """The file that ``attach://<part>`` speaks of."""
        if not reference.startswith("attach://"):
            return None
        return self._uploads.get(reference.removeprefix("attach://"))


async def read(request: Request) -> Asked:
    """Raises `Refused`: 413 for too large a file, 400 for what can't be read."""
    values: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, Kept] = {}
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/json":
        values.update(await _object(request))
    elif media_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form(max_files=FIELDS, max_fields=FIELDS, max_part_size=UPLOAD_LIMIT) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    uploads[name] = await _upload(value)
                else:
                    values[name] = value
    return Asked(values, uploads)


async def _object(request: Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        raise bad("can't parse JSON object") from None
    if not isinstance(given, dict):
        raise bad("expected an Object")
    return given


async def _upload(given: UploadFile) -> Kept:
    if (given.size or 0) > UPLOAD_LIMIT:
        raise Refused(413)
    return Kept(await given.read(), given.content_type or "application/octet-stream", given.filename or "file")
