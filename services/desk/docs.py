"""``/api/docs``: the OpenAPI description as a page made on the server, because the usual viewers load theirs from elsewhere."""

from collections.abc import Mapping
from html import escape
from typing import Any

Schema = Mapping[str, Any]

_VERBS = ("get", "post", "patch", "put", "delete")


def render(description: Schema) -> str:
    """The body of the page for an OpenAPI 3.1 description."""
    calls = "".join(
        _call(verb, path, calls[verb])
        for path, calls in description["paths"].items()
        for verb in _VERBS
        if verb in calls
    )
    models = "".join(
        _model(name, schema) for name, schema in sorted(description.get("components", {}).get("schemas", {}).items())
    )
    about = "".join(f"<p>{_prose(part)}</p>" for part in description["info"].get("description", "").split("\n\n"))
    return (
        f"<h1>{escape(description['info']['title'])}</h1><div class='lead'>{about}</div>"
        f"<p>Machine-readable: <a href='/api/openapi.json'>openapi.json</a></p>"
        f"<h2>Calls</h2>{calls}<h2>Models</h2>{models}"
    )


def _call(verb: str, path: str, call: Schema) -> str:
    title = (
        f"<span class='verb'>{verb.upper()}</span> <code>{escape(path)}</code> "
        f"<span class='quiet'>{escape(call.get('summary', ''))}</span>"
    )
    about = f"<p>{_prose(call.get('description', ''))}</p>"
    return f"<details><summary>{title}</summary><div>{about}{_parameters(call)}{_body(call)}{_answers(call)}</div></details>"


def _parameters(call: Schema) -> str:
    rows = [
        (f"{_code(each['name'])} <span class='quiet'>{each['in']}</span>", _kind(each["schema"]), _about(each))
        for each in call.get("parameters", [])
    ]
    return _table(("Parameter", "Type", "Meaning"), rows)


def _body(call: Schema) -> str:
    content = call.get("requestBody", {}).get("content", {})
    rows = [(_code(media_type), _kind(each.get("schema", {})), "") for media_type, each in content.items()]
    return _table(("Body", "Type", ""), rows)


def _answers(call: Schema) -> str:
    rows = []
    for status, answer in call.get("responses", {}).items():
        kinds = ", ".join(_kind(each.get("schema", {})) for each in answer.get("content", {}).values())
        rows.append((_code(status), kinds, _prose(answer.get("description", ""))))
    return _table(("Answer", "Type", "Meaning"), rows)


def _model(name: str, schema: Schema) -> str:
    required = set(schema.get("required", ()))
    rows = [
        (
            _code(field) + ("" if field in required else " <span class='quiet'>optional</span>"),
            _kind(each),
            _about(each),
        )
        for field, each in schema.get("properties", {}).items()
    ]
    about = f"<p>{_prose(schema.get('description', ''))}</p>"
    fields = _table(("Field", "Type", "Meaning"), rows)
    return (
        f"<details id='{escape(name, quote=True)}'><summary>{_code(name)}</summary><div>{about}{fields}</div></details>"
    )


def _kind(schema: Schema) -> str:
    """A schema in a few words, linked where it has a name."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f"<a href='#{escape(name, quote=True)}'>{escape(name)}</a>"
    for joined in ("anyOf", "oneOf", "allOf"):
        if joined in schema:
            return " or ".join(dict.fromkeys(_kind(each) for each in schema[joined]))
    if "enum" in schema:
        return " | ".join(_code(repr(each) if each == "" else each) for each in schema["enum"])
    if "const" in schema:
        return _code(schema["const"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return escape(f"{kind} ({schema['format']})" if "format" in schema else kind)


def _about(schema: Schema) -> str:
    text = schema.get("description") or schema.get("schema", {}).get("description") or ""
    bounds = {**schema, **schema.get("schema", {})}
    said = [f"{word} {bounds[key]}" for key, word in _BOUNDS.items() if key in bounds]
    return " ".join(filter(None, (_prose(text), escape("; ".join(said)))))


_BOUNDS = {
    "default": "default",
    "minLength": "characters at least",
    "maxLength": "characters at most",
    "minimum": "at least",
    "maximum": "at most",
}


def _table(heads: tuple[str, str, str], rows: list[tuple[str, str, str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{each}</th>" for each in heads)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _code(text: object) -> str:
    return f"<code>{escape(str(text))}</code>"


def _prose(text: str) -> str:
    """Text with `…` (and ``…``) as code."""
    pieces = escape(text).replace("``", "`").split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))
