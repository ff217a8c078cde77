"""The keys that sign reply addresses and Message-IDs, as they are configured."""

import base64
import binascii
import hashlib
import re
from typing import Any

from pydantic import Field, SecretBytes, ValidationInfo, field_validator, model_validator

from shared.settings.base import Section, reveal
from shared.settings.quantities import split_commas

KEY_IDS = "abcdefghijklmnopqrstuvwxyz234567"
MINIMUM = 16


def decode_key(text: str) -> bytes:
    """Key bytes from hexadecimal or base64 (standard or URL-safe, padding optional) text.

    What consists of hexadecimal digits only is hexadecimal. Raises `ValueError` below 16 bytes (128 bits).
    """
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text):
        key = bytes.fromhex(text)
    else:
        try:
            standard = text.rstrip("=").replace("-", "+").replace("_", "/")
            key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("a key is neither hexadecimal nor base64; `openssl rand -hex 32` makes one") from None
    if len(key) < MINIMUM:
        raise ValueError(f"a key is shorter than {MINIMUM} bytes; `openssl rand -hex 32` makes a good one")
    return key


def key_id(key: bytes) -> str:
    """The one-character id of a key that was configured without one: derived from it, so that it stays
    the same wherever the key stands in the list."""
    return KEY_IDS[hashlib.sha256(b"trunkline key id\0" + key).digest()[0] & 31]


class SigningKey(Section):
    """One signing key: ``id`` (one character of a-z, 2-7) and at least 16 secret bytes.

    Written as ``"KEY"`` or ``"ID:KEY"``, where KEY is hexadecimal, base64 or ``file:PATH``.
    """

    id: str = Field(pattern=r"^[a-z2-7]$")
    key: SecretBytes

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, dict):
            text = reveal(value.get("key"), info)
            key = decode_key(text) if isinstance(text, str) else text
            fallback = key_id(key) if isinstance(key, bytes) else ""
            return {**value, "key": key, "id": value.get("id") or fallback}
        if not isinstance(value, str):
            return value
        identity, rest = (value[0], value[2:]) if value[1:2] == ":" else ("", value)
        key = decode_key(reveal(rest, info))
        return {"id": identity or key_id(key), "key": key}


class Secrets(Section):
    """``[secrets]``: ``key`` is one signing key or a list; the first signs, all of them verify.

    To rotate, put the new key first and keep the old one until no reply to older mail is expected.
    """

    key: tuple[SigningKey, ...] = ()

    @field_validator("key", mode="before")
    @classmethod
    def _as_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else split_commas(value)

    @field_validator("key")
    @classmethod
    def _distinct(cls, keys: tuple[SigningKey, ...]) -> tuple[SigningKey, ...]:
        ids = [key.id for key in keys]
        if len(set(ids)) < len(ids):
            raise ValueError('two keys have the same id; write the id before the key, such as "b:KEY"')
        return keys
