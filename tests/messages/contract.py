"""The stored side of the bus's contract: fixtures and schemas of every published version, and when two schemas agree.

`python -m tests.messages.contract` stores the schemas of models that have none yet and of models that only gained optional fields; it
refuses any other change, because messages of the stored version are on somebody's bus. Such a change needs a new ``VERSION``, an
upcaster from the old one, and a fixture of its own.
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shared.messages
from shared.messages.base import Versioned

FOLDER = Path(__file__).parent
Schema = dict[str, Any]
_WORDS = ("title", "description", "discriminator", "$defs")


def models() -> dict[str, type[Versioned]]:
    """Every message on the bus, by name."""
    for module in pkgutil.iter_modules(shared.messages.__path__):
        importlib.import_module(f"shared.messages.{module.name}")
    found = [model for model in Versioned.__subclasses__() if model.__module__.startswith("shared.messages.")]
    return {model.__name__: model for model in sorted(found, key=lambda model: model.__name__)}


def fixtures(model: str, version: int) -> list[Path]:
    """The stored messages of one version: ``<Model>.v<version>.json``, or ``<Model>.v<version>.<variant>.json`` for several."""
    folder = FOLDER / "fixtures"
    return sorted([*folder.glob(f"{model}.v{version}.json"), *folder.glob(f"{model}.v{version}.*.json")])


def schema_file(model: str, version: int) -> Path:
    """Where the schema of a published version is stored."""
    return FOLDER / "schemas" / f"{model}.v{version}.json"


def schema_of(model: type[Versioned]) -> Schema:
    """The JSON schema of the model, without its words and with every reference written out."""
    whole = model.model_json_schema()
    plain: Schema = _plain(whole, whole.get("$defs", {}))
    return plain


def _plain(node: Any, parts: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_plain(each, parts) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(parts[node["$ref"].rpartition("/")[2]], parts)
    kept = {key: _plain(value, parts) for key, value in node.items() if key not in (*_WORDS, "properties")}
    if "properties" in node:  # its keys are names of fields, "title" may be one
        kept["properties"] = {name: _plain(field, parts) for name, field in node["properties"].items()}
        kept["required"] = sorted(node.get("required", ()))
    return kept


def broken(old: Any, new: Any, at: str = "message") -> Iterator[str]:
    """Where ``new`` breaks what ``old`` promised, a line each. A new field that may be left out breaks nothing, nor does a new
    alternative of a union."""
    if isinstance(old, dict) and isinstance(new, dict):
        if "properties" in old and "properties" in new:
            yield from _fields(old, new, at)
        alternatives = {"oneOf"} if _named(old) and _named(new) else set()
        if alternatives:
            yield from _alternatives(_named(old), _named(new), at)
        for key in sorted((set(old) | set(new)) - {"properties", "required"} - alternatives):
            yield from broken(old.get(key), new.get(key), f"{at} {key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from broken(before, after, f"{at}[{index}]")
    elif old != new:
        yield f"{at}: was {json.dumps(old)[:200]}, is {json.dumps(new)[:200]}"


def _named(node: Schema) -> Schema:
    """The alternatives of a union by the constant that tells them apart (an operation's ``op``, a command's ``do``)."""
    named = {}
    for each in node.get("oneOf", ()):
        constants = [field["const"] for field in each.get("properties", {}).values() if "const" in field]
        if len(constants) != 1:
            return {}
        named[constants[0]] = each
    return named


def _alternatives(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """A union may gain alternatives: readers are upgraded before those who write them. It may not lose or change any."""
    for name, alternative in old.items():
        if name not in new:
            yield f"{at} {name}: is gone"
        else:
            yield from broken(alternative, new[name], f"{at} {name}")


def _fields(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name, field in old["properties"].items():
        if name not in new["properties"]:
            yield f"{at}.{name}: is gone"
        else:
            yield from broken(field, new["properties"][name], f"{at}.{name}")
    for name in sorted(set(old["required"]) ^ set(new["required"])):
        if name in new["properties"]:
            yield f"{at}.{name}: {'must be there now' if name in new['required'] else 'may be missing now'}"


def main() -> int:
    """Store what may be stored; gives the exit code."""
    refused = 0
    for name, model in models().items():
        file = schema_file(name, model.VERSION)
        schema = schema_of(model)
        lines = list(broken(json.loads(file.read_text()), schema)) if file.exists() else []
        for line in lines:
            print(f"{name} v{model.VERSION} {line}; give it a new VERSION", file=sys.stderr)
        refused += bool(lines)
        if not lines:
            file.parent.mkdir(exist_ok=True)
            file.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
