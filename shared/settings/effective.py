"""The configuration as it is handed out over the bus: without secrets, with a version."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pydantic_core
from pydantic import SecretBytes, SecretStr

from shared.settings.made import made_in, with_made
from shared.settings.settings import Policy, Settings

_KEPT_HERE = {"data", "source", "secrets", "database"}


def effective(settings: Settings) -> dict[str, Any]:
    """``settings`` as JSON values in the form of ``trunkline.toml``, without secrets, data folder and file.

    ``version`` is a hash (16 hexadecimal characters) of the rest: equal configurations have equal versions,
    wherever and however they were loaded.
    """
    tree = _open(settings.model_dump(mode="python", by_alias=True, exclude=_KEPT_HERE))
    plain: dict[str, Any] = pydantic_core.to_jsonable_python(tree)
    return versioned(plain)


def versioned(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration's tree with the ``version`` that it has, whatever it said before."""
    plain = {key: value for key, value in tree.items() if key != "version"}
    return plain | {"version": hashlib.sha256(_canonical(plain)).hexdigest()[:16]}


def policy_from(tree: Mapping[str, Any]) -> Policy:
    """The `Policy` in what `effective` gave, with what was made at the desk. What a newer version added at the top is left out.

    Raises pydantic's ``ValidationError`` when the file's parts aren't understood.
    """
    policy = Policy.model_validate({key: value for key, value in tree.items() if key in Policy.model_fields})
    return with_made(policy, made_in(tree))


def _canonical(tree: Any) -> bytes:
    if isinstance(tree, dict):
        return b"{%b}" % b",".join(pydantic_core.to_json(key) + b":" + _canonical(tree[key]) for key in sorted(tree))
    if isinstance(tree, list):
        return b"[%b]" % b",".join(_canonical(value) for value in tree)
    return pydantic_core.to_json(tree)


def _open(tree: Any) -> Any:
    """``tree`` without the keys that hold secrets."""
    if isinstance(tree, dict):
        return {key: _open(value) for key, value in tree.items() if not isinstance(value, SecretStr | SecretBytes)}
    if isinstance(tree, list | tuple):
        return [_open(value) for value in tree]
    return tree
