"""What pydantic finds wrong, in the words of somebody who edits ``trunkline.toml``. Never with the value itself."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from shared.settings.settings import Settings

_KINDS = {
    "missing": "is missing",
    "union_tag_not_found": "channel is missing",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "tuple_type": "must be a list in brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "bytes_type": "must be text in quotes",
    "model_attributes_type": "must be a table",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}
_PATTERNS = {
    "name": "must be of lower-case letters, digits, - and _",
    "reply_domain": 'must be a domain such as "support.example.com"',
    "after": 'must be "keep", "flag", "delete" or "move:FOLDER"',
    "id": "of a key must be one character of a-z, 2-7",
}


def wording(details: ErrorDetails) -> str:
    """One line that says what is wrong and, where it can be told, what was meant."""
    kind, loc, context = details["type"], details["loc"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return "unknown key" + _near(str(loc[-1]), sorted(_siblings(loc)))
    if kind == "tuple_type" and len(loc) == 1 and isinstance(details["input"], dict):
        return f"is a list of tables; write [[{loc[0]}]] with two brackets"
    if kind == "union_tag_invalid":
        return f"channel must be one of {str(context.get('expected_tags', '')).replace(chr(39), '')}"
    if kind == "literal_error":
        return f"must be {context.get('expected', '')}"
    if kind == "string_pattern_mismatch" and loc == ("company", "name"):
        return "must be on one line"
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(loc[-1]), f"must match {context.get('pattern', '')}")
    if kind == "value_error":
        return str(context.get("error", details["msg"]))
    message = details["msg"].removeprefix("Input should ")
    return _KINDS.get(kind, f"must {message}" if message != details["msg"] else message[0].lower() + message[1:])


def _near(name: str, candidates: list[str]) -> str:
    near = get_close_matches(name, candidates, n=1, cutoff=0.55)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(candidates)}" if candidates else ""


def _siblings(loc: tuple[str | int, ...]) -> set[str]:
    """The keys that may stand where ``loc`` ends."""
    models: list[type[BaseModel]] = [Settings]
    for part in loc[:-1]:
        if not isinstance(part, str):
            continue
        tagged = [model for model in models if len(models) > 1 and part in _channels(model)]
        models = tagged or [found for model in models for found in _below(model, part)]
    own = {"data", "source"} if Settings in models else set()
    return {field.alias or name for model in models for name, field in model.model_fields.items()} - own


def _channels(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("channel")
    return get_args(field.annotation) if field else ()


def _below(model: type[BaseModel], key: str) -> Iterator[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            yield from _models(field.annotation)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
