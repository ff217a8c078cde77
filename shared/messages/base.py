"""What every message on the bus has in common: a version, tolerance of newer fields, compact JSON.

Additive fields do not raise a model's version and are ignored by older readers. A message whose major
version is newer than its reader knows is not decoded but left for a newer reader (`NewerVersion`).
"""

from collections.abc import Callable
from typing import Any, ClassVar, Self

import pydantic_core
from pydantic import BaseModel, ConfigDict

from shared.bus.errors import NewerVersion

__all__ = ["NewerVersion", "Record", "Undecodable", "Upcaster", "Versioned"]


class Undecodable(Exception):
    """The bytes are no message of this kind; the text says why."""


class Record(BaseModel):
    """A part of a message: strict about what it knows, indifferent to what it does not.

    Its validator is made when it is first used: many never are in a process, and all of them together take 3 MB.
    """

    model_config = ConfigDict(
        extra="ignore", populate_by_name=True, ser_json_bytes="base64", val_json_bytes="base64", defer_build=True
    )


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class Versioned(Record):
    """A message on the bus. Subclasses set ``VERSION`` and, from their second version on, ``UPCASTERS``:
    a function per older version that gives the next version's fields."""

    VERSION: ClassVar[int] = 1
    UPCASTERS: ClassVar[dict[int, Upcaster]] = {}

    version: int = 1

    def encode(self) -> bytes:
        """The message as compact UTF-8 JSON, in the version this code writes."""
        self.version = self.VERSION
        # What `model_dump_json` decodes to a string, to be encoded again.
        return self.__pydantic_serializer__.to_json(self, by_alias=True)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The message in ``data``.

        Raises `NewerVersion` for a major version above ours, `Undecodable` for anything that is no such message.
        """
        try:
            message = cls.model_validate_json(data)
        except ValueError as error:
            return cls._decode_other(data, error)
        if message.version == cls.VERSION:
            return message
        return cls._decode_other(data, None)

    @classmethod
    def _decode_other(cls, data: bytes, error: ValueError | None) -> Self:
        try:
            fields = pydantic_core.from_json(data)
        except ValueError as broken:
            raise Undecodable(f"{cls.__name__}: {broken}") from broken
        version = fields.get("version", 1) if isinstance(fields, dict) else None
        if not isinstance(version, int) or version < 1:
            raise Undecodable(f"{cls.__name__}: no version in it")
        if version > cls.VERSION:
            raise NewerVersion(f"{cls.__name__} version {version}; this reader knows up to {cls.VERSION}")
        if version == cls.VERSION and error is not None:
            raise Undecodable(f"{cls.__name__}: {error}") from error
        try:
            for old in range(version, cls.VERSION):
                fields = cls.UPCASTERS[old](fields)
            return cls.model_validate({**fields, "version": cls.VERSION})
        except (ValueError, LookupError, TypeError, AttributeError) as invalid:  # what an upcaster raises on garbage
            raise Undecodable(f"{cls.__name__}: {invalid!r}") from invalid
