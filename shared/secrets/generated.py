"""The secrets that ``trunkline up`` makes for itself, once, in ``<data>/secrets.json``.

Services on their own never use them: theirs are configured, the same on every host.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from shared.secrets import base32
from shared.secrets.keyring import Keyring

_FILE = "secrets.json"


class SecretsError(Exception):
    """The secrets can't be read or written; the text is one line that says what to do."""


@dataclass(frozen=True)
class Generated:
    """What was generated: the signing keys, and the secret of the first sign-in."""

    keyring: Keyring
    first_sign_in: SecretStr


def load_or_create(data: Path) -> Generated:
    """The secrets in the folder ``data``, made (and the folder with them) when there are none.

    The file is complete or absent, whenever the power fails, and the same for processes that make it at once. Raises
    `SecretsError`; a file that can't be understood is never overwritten, since mail on its way was signed with it.
    """
    path = data / _FILE
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return _parse(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise SecretsError(f"{error.filename or path}: {error.strerror}; give a data folder you may write to") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SecretsError(f"{path}: isn't a file of secrets; restore it from a backup, or move it away") from None


def _parse(content: Any) -> Generated:
    keys = {identity: bytes.fromhex(key) for identity, key in content["keys"].items()}
    if not isinstance(content["first_sign_in"], str):
        raise TypeError("first_sign_in")
    return Generated(Keyring(content["current"], keys), SecretStr(content["first_sign_in"]))


def _create(path: Path) -> None:
    identity = secrets.choice(base32.ALPHABET)
    content = {
        "current": identity,
        "keys": {identity: secrets.token_hex(32)},
        "first_sign_in": secrets.token_urlsafe(24),
    }
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        _publish(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _publish(temporary: Path, path: Path) -> None:
    """Give the file its name unless another process was faster, and make the name survive a power failure."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
