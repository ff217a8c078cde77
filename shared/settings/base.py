"""What every section of the configuration is made of, and how a secret is read."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, StringConstraints, ValidationInfo

NAME = r"^[a-z0-9][a-z0-9_-]*$"
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=64)]
"""A name that also stands in bus subjects: lower-case letters, digits, ``-`` and ``_``, at most 64."""


class Section(BaseModel):
    """A table of the configuration: unknown keys are errors, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def reveal(value: Any, info: ValidationInfo) -> Any:
    """The content of the file where a secret is written as ``file:PATH``, without white space around it.

    ``PATH`` is relative to the folder of the configuration file. Raises `ValueError` when it can't be read.
    """
    if not isinstance(value, str) or not value.startswith("file:"):
        return value
    folder: Path = (info.context or {}).get("folder", Path())
    path = value.removeprefix("file:")
    try:
        return (folder / path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it isn't text"
        raise ValueError(f"the file {path} can't be read: {reason}") from None


Secret = Annotated[SecretStr, BeforeValidator(reveal)]
EMPTY = SecretStr("")


def split_address(address: str, hint: str) -> SplitResult:
    """The parts of an address such as ``scheme://user:password@host:port``; its host and port can be asked for.

    Raises `ValueError` with ``hint``, never with the address: it may hold a password.
    """
    try:
        parts = urlsplit(address)
        usable = bool(parts.scheme) and (parts.port is None or parts.port >= 0)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(hint)
    return parts
